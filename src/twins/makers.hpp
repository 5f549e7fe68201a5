#pragma once

#include <memory>

#include "explore/scenario.hpp"
#include "explore/subject.hpp"

// One for each twin; twins.cpp lists them.

namespace keel::twins {

using Made = std::unique_ptr<explore::Subject>;

// p1.cpp: the hedged market maker
Made make_p1_any_confirmation(const explore::Scenario& scenario);
Made make_p1_only_when_placed(const explore::Scenario& scenario);

// p2.cpp: the futures position bot
Made make_p2_proactive_sync(const explore::Scenario& scenario);
Made make_p2_cooldown(const explore::Scenario& scenario);

} // namespace keel::twins
