#pragma once

#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "app/amounts.hpp"
#include "app/desk_setup.hpp"
#include "app/references.hpp"
#include "app/table.hpp"
#include "explore/scenario.hpp"

namespace keel::app {

// Reads what a scenario lets happen: market moves, what a venue says of an instrument, acts of the
// operator, signals, and what others do with an account. Prices and quantities become ticks and
// lots of their instrument. Signals are numbered as they are read. What is wrong goes to the
// problems, and the deed then serves nothing.
class Deeds {
public:
    Deeds(const Table& root, const References& refs, const DeskSetup& setup, Problems& problems);

    // Of a table with the keys of a quote.
    [[nodiscard]] explore::Move quote(const Table& table);
    // Of a table that may be any of them.
    [[nodiscard]] explore::Deed deed(const Table& table);

private:
    // Where a deed happens, and in which steps it is counted there.
    struct Market {
        InstrumentIx instrument;
        const Table* table = nullptr; // null: there is none, which has been said
    };

    [[nodiscard]] Market market_of(const Table& table);
    [[nodiscard]] explore::Move print(const Table& table);
    [[nodiscard]] OperatorAct act(const Table& table);
    [[nodiscard]] explore::Telling signal(const Table& table);
    [[nodiscard]] explore::Outside outside(const Table& table);
    [[nodiscard]] PositionSide position_side(const Table& table, const explore::Outside& deed);
    [[nodiscard]] explore::Listing listing(const Table& table);
    [[nodiscard]] explore::Move move_at(const Market& market) const;
    [[nodiscard]] std::int64_t signal_value(const Table& table, SignalKind kind,
                                            const Instrument& spec);
    [[nodiscard]] Ticks exit_price(const Table& table, std::string_view key, const Signal& signal,
                                   const Instrument& spec);
    [[nodiscard]] Ticks price(const Table& table, std::string_view key, const Market& market);
    [[nodiscard]] Lots quantity(const Table& table, std::string_view key, const Market& market);
    // Says which of these keys is missing in a table that has one of them.
    void want(const Table& table, std::string_view what, std::span<const std::string_view> keys);

    const References& refs_;
    const DeskSetup& setup_;
    Problems& problems_;
    Amounts amounts_;
    std::vector<const Table*> instruments_;
    std::map<std::pair<std::uint32_t, SignalKind>, std::uint64_t> signals_; // so many so far
};

} // namespace keel::app
