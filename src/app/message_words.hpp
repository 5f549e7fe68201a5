#pragma once

#include <string>
#include <string_view>

#include "app/order_words.hpp"
#include "core/config.hpp"
#include "model/command.hpp"
#include "model/event.hpp"

namespace keel::app {

// What a desk and its venues say to each other, each on one line: what drawings write beside an
// arrow.
class MessageWords {
public:
    explicit MessageWords(const core::EngineConfig& config) : texts_(config) {}

    // `cause`: why it is sent; empty: nobody knows. An alarm has no words here.
    [[nodiscard]] std::string of(const CommandBody& command, std::string_view cause = {}) const;
    [[nodiscard]] std::string of(const RequestAnswer& answer) const;
    // `order`: whose it is; none: nobody's that is known.
    [[nodiscard]] std::string of(const ExecutionReport& report, ClOrdID order) const;
    [[nodiscard]] std::string of(const ReadDone& done) const;
    [[nodiscard]] std::string of(const PositionReport& report) const;
    [[nodiscard]] std::string of(const BalanceReport& report) const;
    [[nodiscard]] std::string of(const BookTop& book) const;
    [[nodiscard]] std::string of(const SecurityStatus& status) const;
    [[nodiscard]] static std::string of(const LinkReport& link);

private:
    [[nodiscard]] std::string told(const ExecutionReport& report, ClOrdID order) const;

    InstrumentTexts texts_;
};

[[nodiscard]] bool is_execution(ExecType type); // a fill, or what takes one back

// What a command names; none: nothing.
[[nodiscard]] ClOrdID order_of(const CommandBody& command);
[[nodiscard]] RequestID request_of(const CommandBody& command);

} // namespace keel::app
