#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "sim/market/recording.hpp"
#include "sim/market/text_input.hpp"

// One function for each kind of file; load_recording() chooses. Every error names file and line.
namespace keel::sim {

// docs/market-fixture.md
constexpr std::string_view fixture_magic = "KEELMKT\n";
[[nodiscard]] Result<SharedRecording> read_fixture(std::string_view bytes,
                                                   const LoadOptions& options);

// `<local receive time, ns since 1970> <JSON as received>`
[[nodiscard]] Result<SharedRecording> read_binance_frames(TextInput& input,
                                                          const LoadOptions& options);

constexpr std::string_view quote_csv_header = "timestamp,ask_amount,ask_price,bid_price,bid_amount";
[[nodiscard]] Result<SharedRecording> read_quote_csv(TextInput& input, const LoadOptions& options);

constexpr std::string_view agg_trades_csv_header =
    "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker";
[[nodiscard]] Result<SharedRecording> read_agg_trades_csv(TextInput& input,
                                                          const LoadOptions& options);

} // namespace keel::sim
