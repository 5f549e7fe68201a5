#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/problems.hpp"
#include "app/references.hpp"
#include "app/table.hpp"
#include "base/decimal.hpp"
#include "core/config.hpp"
#include "model/event.hpp"
#include "world/signal_source.hpp"

namespace keel::app {

enum class SignalOrigin : std::uint8_t { File, RandomTargets, Breakout, Mid, RandomCloses };

// One [[signal]] of a config. What its source does not take is zero.
struct SignalConfig {
    SignalOrigin origin = SignalOrigin::File;
    InstrumentIx instrument;
    SignalKind kind = SignalKind::Target;
    Duration valid_for{};
    std::string file;
    Place file_place;
    Lots qty;
    Bps stop;
    Bps limit;
    Duration every{};
    Duration lookback{};
    InstrumentIx of;
    Bps noise;
    std::int64_t per_hour = 0;
    std::uint32_t twice_percent = 0;
    std::uint32_t again_percent = 0;
};

// Holds each [[signal]] to what its source takes, and warns where no strategy listens. A path that
// is relative starts at `folder`. Serves only if there is no problem.
[[nodiscard]] std::vector<SignalConfig> build_signals(const Table& root, const References& refs,
                                                      std::string_view folder, Problems& problems);

// The sources, as they are at the start of a run. Reads the files: what is wrong in one is a
// problem where the config names it.
[[nodiscard]] std::vector<world::SignalSource>
make_signals(const std::vector<SignalConfig>& signals, const core::EngineConfig& engine,
             std::uint64_t seed, Timestamp start, Problems& problems);

// What is wrong in the files, of a config that has other problems: so that all is said at once. An
// instrument without a good tick and lot is left out.
void check_signal_files(const std::vector<SignalConfig>& signals, const core::EngineConfig& engine,
                        Problems& problems);

} // namespace keel::app
