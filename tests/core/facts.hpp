#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/core/one_order.hpp"

namespace keel::core::facts {

// One thing a venue may say of the order, small enough to be a row of a catalogue.
struct Fact {
    ExecType type = ExecType::New;
    char fill = 0;         // which trade: 'a', 'b' ...
    std::int64_t qty = 0;  // of the trade; of a reduction: the running total
    std::int64_t cum = -1; // claimed or vouched; -1: not told
    std::uint64_t version = 0;
    std::uint32_t number = 0; // of a correction
    FillStage stage = FillStage::Final;
    std::uint64_t leg = 1; // venue's order id; 0: not told
    std::int64_t order_qty = 0;
    std::uint32_t amend_no = 0;
    // Not a report: the answer to the amend, or to the new order.
    std::optional<RequestKind> answers = {};
    Outcome outcome = Outcome::Accepted;
    Reason reason = Reason::None;
};

[[nodiscard]] std::string name_of(const Fact& fact);
[[nodiscard]] std::string name_of(const std::vector<Fact>& facts);
[[nodiscard]] EventBody body_of(const OneOrder& order, const Fact& fact);

} // namespace keel::core::facts
