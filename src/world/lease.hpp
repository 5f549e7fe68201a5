#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace keel::world {

struct LeaseTerms {
    Duration length{seconds(5)};
    Duration renewed_every{seconds(1)};
};

// Who may trade the desk's accounts, and until when. The epoch is durable: whatever a crash takes
// from the record, the next life gets a larger one. In this world nobody else asks for the lease,
// so it is lost only by the time that a crash takes.
class LeaseArbiter {
public:
    LeaseArbiter(const LeaseTerms& terms, std::uint32_t first_epoch)
        : terms_(terms), epoch_(first_epoch - 1) {}

    // A new life takes the lease.
    std::uint32_t take(Timestamp now) {
        renew(now);
        return ++epoch_;
    }
    void renew(Timestamp now) {
        until_ = now + terms_.length;
        next_at_ = now + terms_.renewed_every;
    }
    // The holder is dead: nothing is renewed.
    void release() { next_at_ = never; }

    [[nodiscard]] std::uint32_t epoch() const { return epoch_; }
    [[nodiscard]] Timestamp until() const { return until_; }
    [[nodiscard]] Timestamp next_at() const { return next_at_; }

private:
    LeaseTerms terms_;
    std::uint32_t epoch_;
    Timestamp until_;
    Timestamp next_at_{never};
};

} // namespace keel::world
