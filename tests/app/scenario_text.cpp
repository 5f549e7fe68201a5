#include "tests/app/scenario_text.hpp"

namespace keel::app {

std::string good_scenario() {
    return R"([scenario]
name = "small"
faults = ["drop", "crash"]
deeds_within_ms = 2000

[[venue]]
name = "maker"
collateral = "100000"

[[venue]]
name = "hedge"
collateral = "100000"
pushes_positions = false

[[instrument]]
venue = "maker"
symbol = "BTC"
base = "BTC"
tick = "1"
lot = "0.01"

[[instrument]]
venue = "hedge"
symbol = "BTC"
base = "BTC"
tick = "0.1"
lot = "0.01"
price_rule = "five_significant_digits"

[[group]]
name = "btc"
members = ["maker/BTC", "hedge/BTC"]
hedge_via = "hedge/BTC"
exposure_limit = "0.02"

[[xemm]]
name = "one"
group = "btc"
maker = "maker/BTC"
hedge = "hedge/BTC"
order_qty = "0.02"

[[opening]]
instrument = "maker/BTC"
bid = "9990"
bid_qty = "1.00"
ask = "10010"
ask_qty = 1

[[lane]]
name = "prints"
[[lane.deed]]
instrument = "maker/BTC"
aggressor = "sell"
px = "9000"
qty = "0.01"
[[lane.deed]]
instrument = "hedge/BTC"
bid = "9989"
bid_qty = "0"
ask = "9991"
ask_qty = "0.05"

[[lane]]
name = "operator"
[[lane.deed]]
act = "halt"
[[lane.deed]]
act = "assign_adjustment"
instrument = "hedge/BTC"

[[last]]
act = "wind_down"
)";
}

std::string edited_scenario(const std::vector<Edit>& edits) {
    return edited(good_scenario(), edits);
}

} // namespace keel::app
