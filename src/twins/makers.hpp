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

// p5_*.cpp: the market maker on one book
Made make_p5_batch_dropped(const explore::Scenario& scenario);
Made make_p5_batch_kept(const explore::Scenario& scenario);
Made make_p5_back_off(const explore::Scenario& scenario);
Made make_p5_cancels_always(const explore::Scenario& scenario);
Made make_p5_cancel_all_once(const explore::Scenario& scenario);
Made make_p5_reject_unheard(const explore::Scenario& scenario);
Made make_p5_reject_heard(const explore::Scenario& scenario);
Made make_p5_restart_blind(const explore::Scenario& scenario);
Made make_p5_restart_fetches(const explore::Scenario& scenario);
Made make_p5_restart_keyed(const explore::Scenario& scenario);
Made make_p5_two_owners(const explore::Scenario& scenario);
Made make_p5_one_owner(const explore::Scenario& scenario);
Made make_p5_tick_inferred(const explore::Scenario& scenario);
Made make_p5_tick_explicit(const explore::Scenario& scenario);
Made make_p5_fill_again(const explore::Scenario& scenario);
Made make_p5_trade_id(const explore::Scenario& scenario);
Made make_p5_fill_needs_order(const explore::Scenario& scenario);
Made make_p5_independent(const explore::Scenario& scenario);

} // namespace keel::twins
