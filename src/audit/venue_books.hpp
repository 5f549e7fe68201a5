#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "audit/books.hpp"
#include "audit/config.hpp"

namespace keel::audit {

// The books of simulated venues.
class VenueBooks final : public Books {
public:
    // `venues` by VenueIx; they must outlive this, and where they are now is said with look_at().
    VenueBooks(std::span<const sim::Venue> venues, const AuditorConfig& config)
        : venues_(venues), accounts_of_venue_(venues.size()) {
        for (const AccountFacts& account : config.accounts) {
            venue_of_account_.push_back(account.venue);
            ++accounts_of_venue_[account.venue.value()];
        }
        for (const InstrumentFacts& instrument : config.instruments) {
            venue_of_instrument_.push_back(instrument.venue);
            account_of_instrument_.push_back(instrument.account);
        }
    }

    void look_at(std::span<const sim::Venue> venues) { venues_ = venues; }

    [[nodiscard]] Lots position(InstrumentIx instrument, PositionSide side) const override {
        return at(venue_of_instrument_[instrument.value()]).position(instrument, side);
    }
    [[nodiscard]] Lots settled(InstrumentIx instrument) const override {
        return at(venue_of_instrument_[instrument.value()]).settled(instrument);
    }
    [[nodiscard]] std::optional<Ticks> resolved_to(InstrumentIx instrument) const override {
        return at(venue_of_instrument_[instrument.value()]).resolved_to(instrument);
    }
    [[nodiscard]] Money equity(AccountIx account) const override {
        return at(venue_of_account_[account.value()]).equity(account);
    }
    [[nodiscard]] std::uint32_t open_orders(AccountIx account) const override {
        const VenueIx venue = venue_of_account_[account.value()];
        if (accounts_of_venue_[venue.value()] == 1) return at(venue).open_order_count();
        std::uint32_t count = 0;
        at(venue).for_each_order([&](const sim::TrueOrder& order) {
            const bool is_own = account_of_instrument_[order.instrument.value()] == account;
            if (order.is_open && is_own) ++count;
        });
        return count;
    }
    void for_each_order(VenueIx venue,
                        const std::function<void(const sim::TrueOrder&)>& visit) const override {
        at(venue).for_each_order(visit);
    }
    [[nodiscard]] std::optional<sim::TrueOrder> order(VenueIx venue,
                                                      ClOrdID cl_ord_id) const override {
        return at(venue).find_order(cl_ord_id);
    }
    [[nodiscard]] std::uint64_t order_changes(VenueIx venue) const override {
        return at(venue).order_changes();
    }

private:
    [[nodiscard]] const sim::Venue& at(VenueIx venue) const { return venues_[venue.value()]; }

    std::span<const sim::Venue> venues_;
    std::vector<std::uint32_t> accounts_of_venue_;
    std::vector<VenueIx> venue_of_account_;
    std::vector<VenueIx> venue_of_instrument_;
    std::vector<AccountIx> account_of_instrument_;
};

} // namespace keel::audit
