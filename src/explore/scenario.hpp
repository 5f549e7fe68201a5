#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/faults.hpp"
#include "sim/twist.hpp"
#include "sim/venue.hpp"
#include "strategy/desk.hpp"

// What is explored: a desk, its venues, and what the rest of the world does, in lanes. Within a
// lane things happen in their order; between lanes, and between them and everything that is under
// way, there is none.

namespace keel::explore {

// A market move of a venue.
struct Move {
    VenueIx venue;
    sim::Venue::MarketMove market;
};
// What a source tells the desk. Its number is that of the signal, told again after a restart, too.
struct Telling {
    Signal signal;        // valid_until is set when it is told
    Duration valid_for{}; // from then on; zero: as long as the search lasts
};
// What somebody else does with an account.
struct Outside {
    VenueIx venue;
    sim::OutsideAct act;
};
// What a venue does with an instrument's listing.
struct Listing {
    VenueIx venue;
    sim::ListingAct act;
};
using Deed = std::variant<Move, OperatorAct, Telling, Outside, Listing>;

struct Lane {
    std::string name;
    std::vector<Deed> deeds;
};
constexpr std::size_t lanes_max = 8;

// Kinds of fault that may happen, as a set of sim::FaultKind.
using FaultSet = std::uint32_t;
[[nodiscard]] constexpr FaultSet bit(sim::FaultKind kind) {
    return FaultSet{1} << static_cast<unsigned>(kind);
}

// The kinds that may happen where a scenario lists none.
constexpr FaultSet usual_faults =
    bit(sim::FaultKind::Drop) | bit(sim::FaultKind::DuplicateNow) |
    bit(sim::FaultKind::DuplicateLate) | bit(sim::FaultKind::Reorder) | bit(sim::FaultKind::Gap) |
    bit(sim::FaultKind::AnswerLostBefore) | bit(sim::FaultKind::AnswerLostAfter) |
    bit(sim::FaultKind::Refusal) | bit(sim::FaultKind::Overtaken) | bit(sim::FaultKind::StaleRead) |
    bit(sim::FaultKind::Crash);
// All that an explorer knows how to choose.
constexpr std::uint32_t lost_tail_most = 4;
constexpr FaultSet all_faults =
    usual_faults | bit(sim::FaultKind::RateLimited) | bit(sim::FaultKind::ServerError) |
    bit(sim::FaultKind::PartialBatch) | bit(sim::FaultKind::SettlementFailed) |
    bit(sim::FaultKind::ShortAnswer) | bit(sim::FaultKind::LeaseLost) | bit(sim::FaultKind::Paused);

class Subject;
struct Scenario;

// Who trades in a scenario, where that is not Keel's desk.
struct SubjectKind {
    std::string name; // as traces call it
    std::function<std::unique_ptr<Subject>(const Scenario&)> make;
};

struct Scenario {
    std::string name;
    std::shared_ptr<const SubjectKind> subject; // null: Keel's desk
    strategy::DeskConfig desk;                  // has passed make_desk_config()
    std::vector<sim::VenueConfig> venues;       // by VenueIx
    std::vector<Move> opening;                  // what the market shows before the search begins
    std::vector<Lane> lanes;
    std::vector<Deed> last; // once all lanes are through
    FaultSet faults = usual_faults;
    std::uint32_t lost_tail_max = 2; // events that a crash may lose, at most lost_tail_most
    // A request reaches its venue as soon as it is sent, and a book the desk as soon as it is
    // published, unless a fault holds it back. Nothing is lost by it but overtaking: what the
    // market does before a request arrives it may as well do before it was sent, as the desk hears
    // of it later anyway (docs/explorer.md).
    bool at_once = true;
    // The desk's timers wait while so many requests of it are on one way to a venue: bounds how
    // often it repeats what is not answered.
    std::uint32_t in_flight_max = 3;
    // How often a timer may fire while something is under way, and for how long that may last:
    // nothing is later than that.
    std::uint32_t overtakings_max = 2;
    Duration delay_max = milliseconds(1'500);
    Duration deeds_within = seconds(2); // the lanes are through by then: no timer fires before
    Duration horizon = seconds(600);    // a search that gets here has not closed
    // How long the desk's lease lasts from each renewal, and how often it is renewed. Zero: it
    // never ends.
    Duration lease{};
    Duration lease_renewed_every = seconds(1);
};

// Whether its operator does this, whenever.
[[nodiscard]] bool has_act(const Scenario& scenario, Act act);

} // namespace keel::explore
