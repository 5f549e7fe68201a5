#include "tests/core/conversation.hpp"

#include <charconv>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace keel::core::script {
namespace {

std::vector<std::string> words_of(std::string_view line) {
    std::istringstream in{std::string{line}};
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

std::int64_t number(std::string_view word) {
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out);
    EXPECT_TRUE(error == std::errc{} && end == word.data() + word.size())
        << "\"" << word << "\" is not a number";
    return out;
}

template <class Enum> Enum named(std::string_view word, Enum last) {
    for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i) {
        if (to_string(static_cast<Enum>(i)) == word) return static_cast<Enum>(i);
    }
    ADD_FAILURE() << "\"" << word << "\" is not known here";
    return last;
}

std::string_view name_of(AlarmKind kind) {
    switch (kind) {
    case AlarmKind::Contradiction: return "Contradiction";
    case AlarmKind::Overfill: return "Overfill";
    case AlarmKind::FillAfterReject: return "FillAfterReject";
    case AlarmKind::ForeignFill: return "ForeignFill";
    case AlarmKind::AdoptedDifference: return "AdoptedDifference";
    case AlarmKind::CancelNotConfirmed: return "CancelNotConfirmed";
    case AlarmKind::HedgeOverdue: return "HedgeOverdue";
    case AlarmKind::HedgeRefused: return "HedgeRefused";
    case AlarmKind::UnknownOverdue: return "UnknownOverdue";
    case AlarmKind::PositionUnverified: return "PositionUnverified";
    case AlarmKind::LinkDown: return "LinkDown";
    case AlarmKind::CapacityReached: return "CapacityReached";
    case AlarmKind::LeaseLost: return "LeaseLost";
    case AlarmKind::LimitReached: return "LimitReached";
    case AlarmKind::Halted: return "Halted";
    case AlarmKind::KillPending: return "KillPending";
    case AlarmKind::LateArrival: return "LateArrival";
    case AlarmKind::OutsideFaultModel: return "OutsideFaultModel";
    case AlarmKind::RecoveryIncomplete: return "RecoveryIncomplete";
    case AlarmKind::Unprotected: return "Unprotected";
    case AlarmKind::SignalRefused: return "SignalRefused";
    case AlarmKind::CloseOverdue: return "CloseOverdue";
    case AlarmKind::RepeatedAlreadyClosed: return "RepeatedAlreadyClosed";
    case AlarmKind::AdoptionConflict: return "AdoptionConflict";
    case AlarmKind::TooSmall: return "TooSmall";
    case AlarmKind::LoopLate: return "LoopLate";
    case AlarmKind::UnwatchedPosition: return "UnwatchedPosition";
    case AlarmKind::UnlistedPositions: return "UnlistedPositions";
    case AlarmKind::Liquidated: return "Liquidated";
    case AlarmKind::Deleveraged: return "Deleveraged";
    case AlarmKind::TouchFlickers: return "TouchFlickers";
    case AlarmKind::StopPassed: return "StopPassed";
    case AlarmKind::SignalUsed: return "SignalUsed";
    }
    std::unreachable();
}

std::string name_of(InstrumentIx i) { return i == maker ? "maker" : "hedge"; }

strategy::DeskConfig config_of(const std::vector<std::string>& words) {
    strategy::DeskConfig config = two_venues();
    EngineConfig& e = config.engine;
    // The price collar, the mark's age and the like have their own tests.
    for (InstrumentConfig& i : e.instruments) {
        i.limits.price_collar = Bps{10'000 * bps_one};
        i.limits.stale_mark = seconds(1'000'000);
        i.limits.max_order_notional = Money{INT64_MAX / 4};
        i.limits.max_position_notional = Money{INT64_MAX / 4};
    }
    for (AccountConfig& a : e.accounts) a.limits.max_notional_per_minute = Money{INT64_MAX / 4};
    if (words[0] == "alone") {
        e.groups.clear();
        e.sabotage.guards_off = ~0ULL;
    } else {
        EXPECT_EQ(words[0], "desk") << "who takes part: alone or desk";
        e.groups[0].exposure_limit = Units{number(words.at(1))};
    }
    VenueTraits& venue = e.venues[0];
    for (std::size_t i = words[0] == "desk" ? 2 : 1; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "total") {
            venue.amend_qty = AmendQty::Total;
        } else if (word == "remaining") {
            venue.amend_qty = AmendQty::Remaining;
        } else if (word == "replacement") {
            venue.amend_qty = AmendQty::Replacement;
        } else if (word == "kept" || word == "replaced") {
            venue.amend_keeps_order_id = word == "kept";
        } else if (word == "no-final") {
            venue.end_vouches_qty = false;
        } else if (word.find('=') != std::string::npos) {
            continue; // a position, not a trait
        } else {
            ADD_FAILURE() << "\"" << word << "\" says nothing about a venue";
        }
    }
    return config;
}

} // namespace

Conversation::Conversation(std::string_view setup) {
    const Words words = words_of(setup);
    alone_ = words[0] == "alone";
    script_ = std::make_unique<Script>(config_of(words));
    for (Truth& t : script_->truth) {
        t.available = Money{INT64_MAX / 256};
        t.equity = Money{INT64_MAX / 256};
    }
    for (const std::string& word : words) {
        const std::size_t is = word.find('=');
        if (is == std::string::npos) continue;
        const InstrumentIx i = word.starts_with("maker") ? maker : hedge;
        script_->truth[i.value()].positions[{i.value(), PositionSide::Net}] =
            Lots{number(word.substr(is + 1))};
    }
    script_->start();
    script_->book(maker, 37, 39);
    script_->book(hedge, 37, 39);
    script_->forget();
    static_cast<void>(answers());
}

std::string Conversation::rewritten(const std::string& text) {
    std::istringstream in{text};
    std::string out;
    std::unique_ptr<Conversation> conversation;
    std::string asked; // commands of this block
    bool answering = false;
    for (std::string line; std::getline(in, line);) {
        const bool blank = line.find_first_not_of(' ') == std::string::npos;
        if (answering && !blank) continue; // the old answer
        if (answering && blank) answering = false;
        if (line.starts_with('#') || blank) {
            out += line + "\n";
            continue;
        }
        if (conversation == nullptr) {
            conversation.reset(new Conversation{line});
            out += line + "\n";
            continue;
        }
        if (line == "----") {
            std::istringstream commands{asked};
            for (std::string command; std::getline(commands, command);) {
                SCOPED_TRACE(command);
                conversation->run(words_of(command));
            }
            out += "----\n" + conversation->answers();
            asked.clear();
            answering = true;
            continue;
        }
        asked += line + "\n";
        out += line + "\n";
    }
    EXPECT_EQ(asked, "") << "the last commands have no ---- under them";
    return out;
}

void Conversation::run(const Words& words) {
    const std::string& verb = words.at(0);
    if (words.size() > 1 && orders_.contains(words[1])) addressed_ = words[1];
    if (verb == "submit") {
        submit(words);
    } else if (verb == "amend") {
        if (!script_->amend(id_of(words.at(1)), number(words.at(4)), number(words.at(2)))) {
            said_ += "not now\n";
        }
    } else if (verb == "cancel") {
        script_->cancel(id_of(words.at(1)));
    } else if (verb == "report") {
        report(words);
    } else if (verb == "happened") {
        script_->happened(read_report(words, 2));
    } else if (verb == "answer") {
        answer(words);
    } else if (verb == "status") {
        status(words);
    } else if (verb == "position") {
        PositionReport p;
        p.instrument = words.at(1) == "maker" ? maker : hedge;
        p.account = words.at(1) == "maker" ? maker_account : hedge_account;
        p.source = ReportSource::Stream;
        p.qty = Lots{number(words.at(2))};
        p.asked_at = script_->now;
        p.answered_at = script_->now;
        script_->tell(p);
    } else if (verb == "book") {
        script_->book(words.at(1) == "maker" ? maker : hedge, number(words.at(2)),
                      number(words.at(3)));
    } else if (verb == "wait") {
        script_->pass_ms(number(words.at(1)));
    } else if (verb == "show") {
        show_all_ = true;
    } else {
        ADD_FAILURE() << "\"" << verb << "\" is not a command";
    }
}

// submit Q1 Sell 5 @ 38 [on hedge]
void Conversation::submit(const Words& words) {
    const Side side = words.at(2) == "Buy" ? Side::Buy : Side::Sell;
    const bool on_hedge = words.size() > 7 && words[7] == "hedge";
    Draft d = quote_draft(side, number(words.at(5)), number(words.at(3)), on_hedge ? hedge : maker);
    d.post_only = !alone_;
    const Guard guard = script_->offer(d);
    if (guard != Guard::None) {
        said_ += fmt::format("held back: {}\n", info(guard).name);
        return;
    }
    name(script_->last_id(), words.at(1));
    addressed_ = words.at(1);
}

void Conversation::report(const Words& words) {
    ExecutionReport r = read_report(words, 2);
    const bool untrue = std::ranges::find(words, "untrue") != words.end();
    if (!untrue) take_part(r, words);
    script_->tell(r);
}

// What is told is true: the position moves with it, and reads show it.
void Conversation::take_part(ExecutionReport& r, const Words& words) {
    ExecutionReport full = r;
    full.cl_ord_id = id_of(words.at(1));
    full.source = ReportSource::Read;
    std::vector<ExecutionReport>& fills = script_->truth[r.account.value()].fills;
    const auto same = [&](const ExecutionReport& f) {
        return f.exec_id == r.exec_id && f.cl_ord_id == full.cl_ord_id;
    };
    const auto known = std::ranges::find_if(fills, same);
    Lots& held =
        script_->truth[r.account.value()].positions[{r.instrument.value(), r.position_side}];
    switch (r.exec_type) {
    case ExecType::Trade:
        if (known == fills.end()) script_->happened(full);
        break;
    case ExecType::TradeCancel:
        if (known != fills.end()) {
            held += signed_lots(opposite(r.side), known->last_qty);
            fills.erase(known);
        }
        break;
    case ExecType::TradeCorrect:
        if (known != fills.end()) {
            held += signed_lots(r.side, r.last_qty - known->last_qty);
            known->last_qty = r.last_qty;
        }
        break;
    case ExecType::New:
    case ExecType::Canceled:
    case ExecType::Rejected:
    case ExecType::Expired:
    case ExecType::Replaced:
    case ExecType::Restated:
    case ExecType::Status: remember_resting(full); break;
    }
}

// What a read of open orders shows.
void Conversation::remember_resting(const ExecutionReport& r) {
    std::vector<ExecutionReport>& rows = script_->truth[r.account.value()].resting;
    std::erase_if(rows, [&](const ExecutionReport& row) { return row.order_id == r.order_id; });
    const bool rests = r.exec_type == ExecType::New || r.exec_type == ExecType::Replaced;
    if (!rests) return;
    ExecutionReport row = r;
    row.exec_type = ExecType::New;
    row.has_cum_qty = 0;
    rows.push_back(row);
}

ExecutionReport Conversation::read_report(const Words& words, std::size_t from) {
    const ClOrdID id = id_of(words.at(1));
    ExecutionReport r = script_->report(id, named(words.at(from), ExecType::TradeCorrect));
    r.order_id = leg_of(id, 'A');
    r.order_qty = Lots{0};
    r.px = Ticks{0};
    std::size_t at = from + 1;
    const bool fills = r.exec_type == ExecType::Trade || r.exec_type == ExecType::TradeCancel ||
                       r.exec_type == ExecType::TradeCorrect;
    if (fills) {
        r.exec_id = ExecID{0, static_cast<std::uint64_t>(number(words.at(at).substr(1)))};
        ++at;
        r.last_px = script_->order(id).px;
    }
    for (; at < words.size(); ++at) {
        const std::string& word = words[at];
        const std::string value = word.substr(word.find('=') + 1);
        if (word == "@") {
            r.last_px = Ticks{number(words.at(++at))};
        } else if (word.starts_with('#')) {
            r.correction = static_cast<std::uint32_t>(number(word.substr(1)));
        } else if (word.starts_with("cum=")) {
            r.has_cum_qty = 1;
            r.cum_qty = Lots{number(value)};
        } else if (word.starts_with("qty=")) {
            r.order_qty = Lots{number(value)};
        } else if (word.starts_with("px=")) {
            r.px = Ticks{number(value)};
        } else if (word.starts_with("v=")) {
            r.version = static_cast<std::uint64_t>(number(value));
        } else if (word.starts_with("amend=")) {
            r.amend_no = static_cast<std::uint32_t>(number(value));
        } else if (word.starts_with("leg=")) {
            r.order_id = leg_of(id, value.at(0));
        } else if (word == "by-id") {
            r.cl_ord_id = ClOrdID{};
        } else if (word == "read") {
            r.source = ReportSource::Read;
        } else if (word == "untrue") {
            continue;
        } else if (r.exec_type == ExecType::Restated) {
            r.reduced = Lots{number(word)};
        } else {
            r.last_qty = Lots{number(word)};
        }
    }
    return r;
}

// answer Q1 new|cancel|amend accepted|refused|unknown [REASON] [leg=B] [rest]
void Conversation::answer(const Words& words) {
    RequestAnswer a;
    a.cl_ord_id = id_of(words.at(1));
    a.account = script_->order(a.cl_ord_id).account;
    const std::string& what = words.at(2);
    a.kind = what == "new"      ? RequestKind::New
             : what == "cancel" ? RequestKind::Cancel
                                : RequestKind::Amend;
    const std::string& outcome = words.at(3);
    a.outcome = outcome == "accepted"  ? Outcome::Accepted
                : outcome == "refused" ? Outcome::Refused
                                       : Outcome::Unknown;
    if (const Order* o = script_->engine().find_order(a.cl_ord_id)) a.amend_no = o->amend_no;
    for (std::size_t at = 4; at < words.size(); ++at) {
        const std::string& word = words[at];
        if (word == "rest") {
            a.transport = Transport::Rest;
        } else if (word.starts_with("leg=")) {
            a.order_id = leg_of(a.cl_ord_id, word.at(4));
        } else {
            a.reason = named(word, Reason::Deleveraging);
        }
    }
    script_->tell(a);
}

void Conversation::status(const Words& words) {
    const ClOrdID id = id_of(words.at(1));
    const bool found = words.at(2) == "found";
    // The answer to the newest question; asked now, if nobody has asked.
    Timestamp asked = script_->now;
    for (const Script::AskedOrder& one : script_->queries_asked) {
        if (one.request.cl_ord_id == id) asked = one.at;
    }
    script_->status(id, found, asked);
}

ClOrdID Conversation::id_of(const std::string& name) const {
    const auto order = orders_.find(name);
    EXPECT_NE(order, orders_.end()) << "there is no order " << name;
    return order == orders_.end() ? ClOrdID{} : order->second.id;
}

// The venue's ids: one per leg, from A on.
OrderID Conversation::leg_of(ClOrdID id, char letter) const {
    return OrderID{0, id.packed() * 32 + static_cast<std::uint64_t>(letter - 'A') + 1};
}

void Conversation::name(ClOrdID id, const std::string& name) {
    orders_[name] = {id, ""};
    names_[id.packed()] = name;
    order_names_.push_back(name);
}

std::string Conversation::name_of(ClOrdID id) {
    if (id.is_none()) return "-";
    const auto known = names_.find(id.packed());
    if (known != names_.end()) return known->second;
    name(id, fmt::format("H{}", ++hedges_)); // the engine's own
    return names_[id.packed()];
}

std::string Conversation::answers() {
    std::string out = said_ + commands();
    for (const std::string& order_name : order_names_) {
        Named& order = orders_[order_name];
        const std::string line = fmt::format("{} {}\n", order_name, order_line(order));
        if (line != order.line || order_name == addressed_ || show_all_) out += line;
        order.line = line;
    }
    const auto show = [&](const std::string& key, const std::string& line) {
        if (shown_[key] != line || show_all_) out += line;
        shown_[key] = line;
    };
    show("maker", position_line(maker));
    if (!alone_) {
        show("hedge", position_line(hedge));
        show("group", group_line());
    }
    script_->forget();
    said_.clear();
    addressed_.clear();
    show_all_ = false;
    return out;
}

std::string Conversation::commands() {
    std::string out;
    const std::vector<CommandBody>& sent = script_->sent;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        if (const auto* n = std::get_if<NewOrderSingle>(&sent[i])) {
            // A command names its order before anybody else does.
            const bool quote = n->tif == TimeInForce::Gtc;
            const std::string order = quote && !names_.contains(n->cl_ord_id.packed())
                                          ? name_of(script_->last_id())
                                          : name_of(n->cl_ord_id);
            out += fmt::format("-> NewOrderSingle {} {} {} @ {}{}{}\n", order, to_string(n->side),
                               n->qty.value(), n->px.value(),
                               n->instrument == hedge ? " on hedge" : "",
                               n->tif == TimeInForce::Ioc ? " IOC" : "");
        } else if (const auto* c = std::get_if<OrderCancelRequest>(&sent[i])) {
            // One logical cancel over two transports is one line.
            std::string over{c->transport == Transport::Socket ? "socket" : "rest"};
            if (i + 1 < sent.size()) {
                const auto* more = std::get_if<OrderCancelRequest>(&sent[i + 1]);
                if (more != nullptr && more->cl_ord_id == c->cl_ord_id &&
                    more->transport != c->transport) {
                    over += ", rest";
                    ++i;
                }
            }
            out += fmt::format("-> OrderCancelRequest {} over {}\n", name_of(c->cl_ord_id), over);
        } else if (const auto* a = std::get_if<OrderCancelReplaceRequest>(&sent[i])) {
            out += fmt::format("-> OrderCancelReplaceRequest {} {} @ {}\n", name_of(a->cl_ord_id),
                               a->qty.value(), a->px.value());
        } else if (const auto* s = std::get_if<OrderStatusRequest>(&sent[i])) {
            out += fmt::format("-> OrderStatusRequest {}\n", name_of(s->cl_ord_id));
        } else if (const auto* m = std::get_if<OrderMassCancelRequest>(&sent[i])) {
            out += fmt::format("-> OrderMassCancelRequest {}\n",
                               m->account == maker_account ? "maker" : "hedge");
        } else if (const auto* alarm = std::get_if<Alarm>(&sent[i])) {
            out += fmt::format("! {} {} {} of {}\n", script::name_of(alarm->kind),
                               name_of(alarm->cl_ord_id), alarm->value, alarm->bound);
        }
    }
    return out;
}

std::string Conversation::order_line(const Named& named) const {
    const Engine& engine = script_->engine();
    const Order* o = engine.recall_order(named.id);
    if (o == nullptr) return "is forgotten";
    std::string asked;
    const auto add = [&](std::uint8_t bit, const char* word) {
        if ((o->asked & bit) != 0) asked += (asked.empty() ? " pending=" : ",") + std::string{word};
    };
    add(pending::create, "new");
    add(pending::amend, "amend");
    add(pending::cancel, "cancel");
    const bool waits = o->was_over != 0 && o->list != OrderList::Settled;
    return fmt::format("{}{} cum={} leaves={}{}{}", to_string(o->status), asked,
                       engine.cum_qty(*o).value(), engine.leaves_qty(*o).value(),
                       (o->flags & order_flag::unknown) != 0 && o->was_over == 0 ? " unknown" : "",
                       waits ? " unsettled" : "");
}

std::string Conversation::position_line(InstrumentIx i) const {
    const Engine& engine = script_->engine();
    const Position& p = engine.position(i);
    const Interval<Lots> held = engine.interval(i);
    const Lots certain = p.filled + p.foreign + p.adjusted;
    std::string out = fmt::format("{} {}", script::name_of(i), certain.value());
    if (held.low != certain || held.high != certain) {
        out += fmt::format(", {} to {}", held.low.value(), held.high.value());
    }
    if (engine.book(i).frozen_at != Timestamp{}) out += ", frozen";
    return out + "\n";
}

std::string Conversation::group_line() const {
    const Engine& engine = script_->engine();
    const Units net = engine.certain(group);
    if (net == Units{0}) return "group flat\n";
    return fmt::format("group {}, owed {}\n", net.value(), engine.owed(group).value());
}

} // namespace keel::core::script
