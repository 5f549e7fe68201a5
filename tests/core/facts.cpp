#include "tests/core/facts.hpp"

#include <fmt/format.h>

namespace keel::core::facts {

std::string name_of(const Fact& f) {
    if (f.answers) {
        std::string out = fmt::format("{} {}", to_string(*f.answers), to_string(f.outcome));
        if (f.leg != 0) out += fmt::format(" leg{}", f.leg);
        return out;
    }
    std::string out{to_string(f.type)};
    if (f.fill != 0) out += fmt::format(" {}", f.fill);
    if (f.qty != 0) out += fmt::format(" {}", f.qty);
    if (f.number != 0) out += fmt::format("#{}", f.number);
    if (f.cum >= 0) out += fmt::format(" cum={}", f.cum);
    if (f.version != 0) out += fmt::format(" v{}", f.version);
    if (f.stage != FillStage::Final) out += fmt::format(" {}", to_string(f.stage));
    if (f.amend_no != 0) out += fmt::format(" #{}", f.amend_no);
    if (f.leg != 1) out += fmt::format(" leg{}", f.leg);
    if (f.order_qty != 0) out += fmt::format(" of {}", f.order_qty);
    return out;
}

std::string name_of(const std::vector<Fact>& facts) {
    std::string out;
    for (const Fact& f : facts) out += (out.empty() ? "" : ", ") + name_of(f);
    return out;
}

EventBody body_of(const OneOrder& order, const Fact& f) {
    if (f.answers) {
        RequestAnswer a;
        a.cl_ord_id = order.id();
        a.order_id = OrderID{0, f.leg};
        a.account = account;
        a.kind = *f.answers;
        a.outcome = f.outcome;
        a.reason = f.reason;
        a.amend_no = f.amend_no;
        return a;
    }
    ExecutionReport r = order.report(f.type, f.leg);
    if (f.fill != 0) r.exec_id = ExecID{0, static_cast<std::uint64_t>(f.fill)};
    if (f.type == ExecType::Restated) {
        r.reduced = Lots{f.qty};
    } else {
        r.last_qty = Lots{f.qty};
        r.last_px = px;
    }
    if (f.cum >= 0) {
        r.has_cum_qty = 1;
        r.cum_qty = Lots{f.cum};
    }
    r.version = f.version;
    r.correction = f.number;
    r.stage = f.stage;
    r.order_qty = Lots{f.order_qty};
    r.amend_no = f.amend_no;
    return r;
}

} // namespace keel::core::facts
