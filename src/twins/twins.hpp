#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "explore/scenario.hpp"

// The naive twins: small bots that make the mistakes of the founding post-mortems (docs/incidents),
// and those that their published fixes leave. A search finds them, and nothing in Keel's desk.

namespace keel::twins {

struct TwinInfo {
    std::string_view name; // "p1-any-confirmation"
    std::string_view text; // what it gets wrong
    std::unique_ptr<explore::Subject> (*make)(const explore::Scenario& scenario);
};
[[nodiscard]] std::span<const TwinInfo> all_twins();

// What a twin needs of a scenario and this one has not, as the end of a sentence; empty: nothing.
[[nodiscard]] std::string_view lacking(std::string_view name, const explore::Scenario& scenario);

// Null: there is none of this name.
[[nodiscard]] std::shared_ptr<const explore::SubjectKind> twin_named(std::string_view name);

} // namespace keel::twins
