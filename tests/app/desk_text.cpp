#include "tests/app/desk_text.hpp"

#include "base/assert.hpp"

namespace keel::app {

std::string good_desk() {
    return R"([run]
seed = 7
faults = "calm"
duration_s = 60
market_files = ["btc.kmk"]

[desk]
number = 3

[[venue]]
name = "maker"
kind = "simulated"
collateral = "100000"

[[venue]]
name = "taker"
kind = "simulated"
collateral = 50000
[venue.traits]
validity_ms = 3000
[venue.delays]
rest_request_ms = [50, 100]

[[instrument]]
venue = "maker"
symbol = "BTC"
base = "BTC"
market = "BTCUSDT"
tick = "1"
lot = "0.00001"
maker_fee_bps = "1.5"
taker_fee_bps = "4"

[[instrument]]
venue = "taker"
symbol = "BTC"
base = "BTC"
market = "BTCUSDT"
tick = "0.1"
lot = "0.0001"
min_qty = "0.001"
maker_fee_bps = "1.5"
taker_fee_bps = "4.5"

[[group]]
name = "btc"
members = ["maker/BTC", "taker/BTC"]
hedge_via = "taker/BTC"
exposure_limit = "0.02"

[[xemm]]
name = "one"
group = "btc"
maker = "maker/BTC"
hedge = "taker/BTC"
order_qty = "0.010"
)";
}

std::string edited(std::string text, const std::vector<Edit>& edits) {
    for (const Edit& edit : edits) {
        const std::size_t at = text.find(edit.find);
        KEEL_ASSERT(at != std::string::npos && text.find(edit.find, at + 1) == std::string::npos,
                    "an edit of a good text finds its words exactly once");
        text.replace(at, edit.find.size(), edit.replace);
    }
    return text;
}

std::string edited_desk(const std::vector<Edit>& edits) { return edited(good_desk(), edits); }

} // namespace keel::app
