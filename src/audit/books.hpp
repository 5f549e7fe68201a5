#pragma once

#include <functional>
#include <optional>

#include "model/types.hpp"
#include "sim/venue.hpp"

namespace keel::audit {

// What the auditor may ask: the venues' own books, nothing else. VenueBooks asks the simulated
// venues; tests bring books of their own.
class Books {
public:
    virtual ~Books() = default;
    // Long and Short at a venue in hedge mode, else Net; the other ones hold nothing.
    [[nodiscard]] virtual Lots position(InstrumentIx instrument, PositionSide side) const = 0;
    // Of a position in one-way mode, what cannot fail to settle any more.
    [[nodiscard]] virtual Lots settled(InstrumentIx instrument) const {
        return position(instrument, PositionSide::Net);
    }
    // What a unit is worth, once the venue has resolved the market; none: it has not.
    [[nodiscard]] virtual std::optional<Ticks> resolved_to(InstrumentIx /*instrument*/) const {
        return std::nullopt;
    }
    [[nodiscard]] virtual Money equity(AccountIx account) const = 0;
    [[nodiscard]] virtual std::uint32_t open_orders(AccountIx account) const = 0;
    // Our orders that the venue's book still remembers, open or ended.
    virtual void for_each_order(VenueIx venue,
                                const std::function<void(const sim::TrueOrder&)>& visit) const = 0;
    // One of them, which was never amended.
    [[nodiscard]] virtual std::optional<sim::TrueOrder> order(VenueIx venue,
                                                              ClOrdID cl_ord_id) const = 0;
    // As long as it stays the same, nothing has become of any of them.
    [[nodiscard]] virtual std::uint64_t order_changes(VenueIx venue) const = 0;

protected:
    Books() = default;
    Books(const Books&) = default;
    Books& operator=(const Books&) = default;
};

} // namespace keel::audit
