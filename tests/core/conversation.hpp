#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/core/desk_fixture.hpp"

// A conversation: what happened, and what the engine made of it, as text (tests/conversations/).
// Each file starts with a comment that tells the story and its source, then says who takes part:
//
//   alone [total|remaining|replacement] [kept|replaced] [no-final]
//       one venue, no limit in the way; how an amend speaks of quantity, whether it keeps the order
//       id, and whether ends name no final quantity
//   desk LIMIT [total|...]
//       a maker and a hedge venue, hedged as one group whose exposure stays within LIMIT lots
//   ... maker=N hedge=N
//       what is held at the start
//
// Then commands and, under ----, the answer to each: what left (->), what a person is told (!), the
// orders that changed, and what is held possible of each position. KEEL_UPDATE=1 rewrites the
// answers. One lot is a unit, prices are in ticks; `maker` and `hedge` are the instruments.
//
//   submit Q1 Sell 5 @ 38 [on hedge]    through the gate
//   amend Q1 8 @ 39                     to this total and price
//   cancel Q1
//   report Q1 New|Canceled|Expired|Rejected|Replaced|Status|Restated N [OPTIONS]
//   report Q1 Trade E1 3 @ 38 [OPTIONS]      likewise TradeCancel E1 [3], TradeCorrect E1 2 #1
//       OPTIONS: cum=N  qty=N (of the order)  px=N  v=N (version)  amend=N  leg=B  by-id (no
//       ClOrdID) untrue (no other channel will confirm it)
//   happened Q1 Trade E1 3 @ 38         true, and not told: reads show it
//   answer Q1 new|cancel|amend accepted|refused|unknown [REASON] [leg=B] [rest]
//   status Q1 found|missing             the venue's answer to what was asked about Q1; before it
//   come
//                                       `report ... read` lines, if found
//   position maker -5                   a position push
//   book hedge 37 39
//   wait 500                            ms; reads are answered truly meanwhile
//   show                                everything, changed or not

namespace keel::core::script {

class Conversation {
public:
    // Runs the whole text and returns it with the answers that were given. Faults of the text
    // itself are test failures.
    static std::string rewritten(const std::string& text);

private:
    explicit Conversation(std::string_view setup);

    using Words = std::vector<std::string>;
    struct Named {
        ClOrdID id;
        std::string line; // as last shown
    };

    void run(const Words& words);
    void submit(const Words& words);
    void report(const Words& words);
    void answer(const Words& words);
    void status(const Words& words);

    [[nodiscard]] ExecutionReport read_report(const Words& words, std::size_t from);
    void take_part(ExecutionReport& r, const Words& words);
    void remember_resting(const ExecutionReport& r);
    [[nodiscard]] ClOrdID id_of(const std::string& name) const;
    [[nodiscard]] OrderID leg_of(ClOrdID id, char letter) const;
    std::string name_of(ClOrdID id);
    void name(ClOrdID id, const std::string& name);

    // What came of it, as lines.
    [[nodiscard]] std::string answers();
    [[nodiscard]] std::string commands();
    [[nodiscard]] std::string order_line(const Named& order) const;
    [[nodiscard]] std::string position_line(InstrumentIx i) const;
    [[nodiscard]] std::string group_line() const;

    std::unique_ptr<Script> script_;
    bool alone_ = false;
    std::vector<std::string> order_names_; // as they came
    std::map<std::string, Named> orders_;
    std::map<std::uint64_t, std::string> names_;
    std::map<std::string, std::string> shown_; // position and group lines
    std::map<std::uint64_t, ExecutionReport> resting_;
    std::string addressed_;
    std::string said_; // by the command itself
    bool show_all_ = false;
    int hedges_ = 0;
};

} // namespace keel::core::script
