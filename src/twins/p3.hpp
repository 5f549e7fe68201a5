#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/instrument.hpp"
#include "strategy/config.hpp"
#include "twins/p3_state.hpp"
#include "twins/twin.hpp"

namespace keel::twins::p3 {

// P3, funding arbitrage in two legs: it buys a symbol where it is cheaper and sells it where it is
// dearer, X10 and Lighter. It hears answers and reads and has no streams; an order that was taken
// is a leg that is on. Where the scenario has a [[pair]] it trades as much, and once prices stand
// as far apart, as that says; else 15 dollars at once. docs/incidents/p3.md.
class Bot final : public Twin<State> {
public:
    Bot(const explore::Scenario& scenario, const Decisions& decisions);

    [[nodiscard]] Reads reads(AccountIx account) const override;
    [[nodiscard]] explore::Rule broken_rule(const explore::World& world) const override {
        return p3::broken_rule(state_, symbols_, world);
    }
    [[nodiscard]] explore::Situation situation() const override { return p3::situation(state_); }
    [[nodiscard]] std::vector<std::string> belief_words() const override;

private:
    // p3.cpp: what it is told
    [[nodiscard]] State begun_again() const override;
    [[nodiscard]] bool hears_reports() const override { return false; }
    void hear(const EventBody& body, Sender& send) override;
    void on_time(Sender& send);
    void on_balance(const BalanceReport& balance);
    void on_row(const PositionReport& row);
    void on_read(RequestID read, Sender& send);
    void on_answer(const RequestAnswer& answer);

    // p3_open.cpp: a trade begins
    void scan(Sender& send);
    [[nodiscard]] bool is_worth_it(std::size_t symbol) const;
    void choose(Trade& trade, Sender& send);
    void ask_balances(Trade& trade, Sender& send);
    void on_balances(Trade& trade, Sender& send);
    [[nodiscard]] std::uint32_t turns() const override;
    [[nodiscard]] std::string turn_words(std::uint32_t task) const override;
    void go_on(std::uint32_t task, Sender& send) override;
    void open(Trade& trade, Sender& send);
    void send_leg(Trade& trade, std::size_t l, Sender& send);
    void on_leg(Trade& trade);

    // p3_close.cpp: it ends, and what is left of others
    void roll_back(Trade& trade, Sender& send);
    void send_rollback(Trade& trade, Lots qty, Sender& send);
    void close(Trade& trade, Sender& send);
    void send_close(Trade& trade, std::size_t l, Lots qty, Sender& send);
    void end(Trade& trade);
    void look_for_zombies(Sender& send);
    void on_rows(Sender& send);
    ClOrdID reduce(InstrumentIx instrument, Side side, Lots qty, Sender& send);

    // p3.cpp: amounts
    [[nodiscard]] std::span<Trade> trades() { return std::span{state_.trades}.first(rounds_); }
    [[nodiscard]] std::size_t symbol_of(std::size_t trade) const { return trade % symbols_.size(); }
    [[nodiscard]] std::size_t symbol_of(const Trade& trade) const;
    [[nodiscard]] bool is_traded(std::size_t symbol, bool counts_open) const;
    [[nodiscard]] InstrumentIx instrument_of(const Trade& trade, std::size_t l) const;
    [[nodiscard]] AccountIx account_of(InstrumentIx instrument) const;
    [[nodiscard]] const Instrument& spec_of(InstrumentIx instrument) const;
    [[nodiscard]] Ticks mark_of(InstrumentIx instrument) const;
    [[nodiscard]] static Side side_of(const Trade& trade, std::size_t l);
    [[nodiscard]] static Ticks limit(Ticks px, Side side);
    [[nodiscard]] Lots lots_for(Money amount, Ticks px, InstrumentIx instrument) const;
    [[nodiscard]] const strategy::PairConfig* pair_of(std::size_t symbol) const;

    Decisions decides_;
    Symbols symbols_;
    std::size_t rounds_; // trades that it opens
};

} // namespace keel::twins::p3
