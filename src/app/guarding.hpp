#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/command.hpp"
#include "strategy/config.hpp"

namespace keel::app {

// What each guardian told of its positions, and of those who asked for a close.
class Guarding {
public:
    // A guardian knows the causes up to the kill switch; the others are those of pairs.
    static constexpr std::size_t guardian_cause_count =
        static_cast<std::size_t>(CloseCause::Kill) + 1;

    // A position, by its side where there are two.
    struct Place {
        InstrumentIx instrument;
        PositionSide side = PositionSide::Net;
        std::uint64_t life = 0; // the newest; 0: there was none
        NoticeKind last = NoticeKind::Closed;
    };
    struct Guardian {
        std::string name;
        std::uint64_t lives = 0;
        std::uint64_t flagged = 0;                                // of them, that nobody adopted
        std::array<std::uint64_t, guardian_cause_count> closed{}; // lives that have ended, by cause
        std::uint64_t requests = 0;                               // from outside, each once
        std::uint64_t double_requests = 0; // of them, that met a close that ran
        std::uint64_t already_closed = 0;  // requests and closes that found nothing to close
        std::uint64_t lapsed = 0;          // requests that came to their end before anything else
        std::vector<Place> places;
        std::vector<std::uint64_t> newest; // request, by watched instrument
    };
    explicit Guarding(const strategy::DeskConfig& desk);

    void on_notice(const Notice& notice);
    [[nodiscard]] const std::vector<Guardian>& guardians() const { return guardians_; }

private:
    std::vector<strategy::GuardianConfig> configs_;
    std::vector<Guardian> guardians_;
};

} // namespace keel::app
