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

// p3.cpp: funding arbitrage in two legs
Made make_p3_balance_when_chosen(const explore::Scenario& scenario);
Made make_p3_fresh_balance(const explore::Scenario& scenario);
Made make_p3_rollback_in_dollars(const explore::Scenario& scenario);
Made make_p3_rollback_from_read(const explore::Scenario& scenario);
Made make_p3_parallel_legs(const explore::Scenario& scenario);
Made make_p3_sleep_between_legs(const explore::Scenario& scenario);
Made make_p3_cache_30s(const explore::Scenario& scenario);
Made make_p3_cache_5s(const explore::Scenario& scenario);

// p4_rules.cpp: the position monitor
Made make_p4_no_lock(const explore::Scenario& scenario);
Made make_p4_reduce_only(const explore::Scenario& scenario);
Made make_p4_closing_flag(const explore::Scenario& scenario);
Made make_p4_closing_excludes(const explore::Scenario& scenario);
Made make_p4_lock_file(const explore::Scenario& scenario);
Made make_p4_lock_atomic(const explore::Scenario& scenario);
Made make_p4_already_closed_is_error(const explore::Scenario& scenario);
Made make_p4_already_closed_is_success(const explore::Scenario& scenario);
Made make_p4_discovers_twice(const explore::Scenario& scenario);
Made make_p4_reuses_row(const explore::Scenario& scenario);
Made make_p4_stops_at_error(const explore::Scenario& scenario);

// p2.cpp: the futures position bot
Made make_p2_proactive_sync(const explore::Scenario& scenario);
Made make_p2_cooldown(const explore::Scenario& scenario);

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
