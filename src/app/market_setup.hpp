#pragma once

#include <memory>
#include <vector>

#include "app/run_config.hpp"
#include "base/error.hpp"
#include "sim/market/recording.hpp"
#include "world/market_feed.hpp"

namespace keel::app {

// Reads the recordings that a config names, as one. Errors name the file.
[[nodiscard]] Result<sim::SharedRecording> load_market(const std::vector<MarketFile>& files);
// The same; each file that cannot be used is a problem where the config names it. Null then.
[[nodiscard]] sim::SharedRecording load_market(const RunConfig& config, Problems& problems);

// One feed a venue: the recording, continued by a seeded model where it is shorter than the run,
// under the venue's own basis. All venues see one market.
[[nodiscard]] Result<std::vector<world::MarketFeed>>
make_feeds(const RunConfig& config, const sim::SharedRecording& recording, Timestamp start);

// The instruments whose `market` the recording does not have, as problems in the config.
void check_streams(const RunConfig& config, const sim::Recording& recording, Problems& problems);

// What a quote and its hedge are worth at the recording's first prices, against what their venues
// take, their limits allow and the collateral margins: a desk that could never trade is refused
// before it starts.
void check_worth(const RunConfig& config, const sim::Recording& recording, Problems& problems);

} // namespace keel::app
