#include "app/posting.hpp"

namespace keel::app {

Posting::Posting(const strategy::DeskConfig& desk)
    : configs_(desk.quoter), newest_(desk.quoter.size()) {
    for (const strategy::QuoterConfig& one : configs_) quoters_.push_back({.name = one.name});
}

void Posting::on_order(const NewOrderSingle& order) {
    if (order.post_only == 0) return;
    for (std::size_t n = 0; n < configs_.size(); ++n) {
        const strategy::QuoterConfig& one = configs_[n];
        if (order.instrument != one.first && order.instrument != one.second) continue;
        ++quoters_[n].posts;
        if (order.batch == 0) continue;
        Batch& batch = newest_[n];
        if (batch.number != order.batch) batch = {.number = order.batch};
        if (++batch.items == 2) ++quoters_[n].batches;
    }
}

} // namespace keel::app
