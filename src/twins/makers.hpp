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
Made make_p1_order_ids(const explore::Scenario& scenario);
Made make_p1_three_detectors(const explore::Scenario& scenario);

} // namespace keel::twins
