#include <algorithm>

#include <fmt/format.h>

#include "app/columns.hpp"
#include "app/report.hpp"
#include "app/words.hpp"
#include "base/math.hpp"

namespace keel::app {
namespace {

constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view green = "\x1b[1;32m";
constexpr std::string_view red = "\x1b[1;31m";
constexpr std::string_view yellow = "\x1b[1;33m";
constexpr std::string_view plain = "\x1b[0m";

std::string painted(std::string_view text, std::string_view colour, TextStyle style) {
    return style.colour ? fmt::format("{}{}{}", colour, text, plain) : std::string{text};
}

// To the nearest cent; --json has every digit.
std::string dollars(Money money) {
    constexpr std::int64_t cent = money_one / 100;
    const std::int64_t half = money < Money{} ? -cent / 2 : cent / 2;
    const std::int64_t cents = (money.value() + half) / cent;
    const std::int64_t size = cents < 0 ? -cents : cents;
    return fmt::format("{}{}.{:02}", cents < 0 ? "-" : "", grouped(size / 100), size % 100);
}

std::string signed_dollars(Money money) {
    return money > Money{} ? "+" + dollars(money) : dollars(money);
}

// part / whole in basis points, one place; "-" where there is no whole.
std::string bps_of(Money part, Money whole) {
    if (whole <= Money{}) return "-";
    const auto tenths = mul_div(part.value(), 100'000, whole.value(), Rounding::Down);
    if (!tenths) return "-";
    const std::int64_t size = tenths->value < 0 ? -tenths->value : tenths->value;
    return fmt::format("{}{}.{}", tenths->value < 0 ? "-" : "", size / 10, size % 10);
}

class Writer {
public:
    Writer(const Report& report, TextStyle style) : report_(report), style_(style) {}

    std::string text() {
        header();
        pnl();
        outside();
        if (!report_.groups.empty()) trading();
        quoting();
        brackets();
        guarding();
        pairs();
        quoters();
        positions();
        counts("Faults met", report_.faults);
        counts("Situations met", report_.situations);
        alarms();
        waiting();
        violations();
        ending();
        return std::move(out_);
    }

private:
    void title(std::string_view text) { out_ += '\n' + painted(text, bold, style_) + '\n'; }

    void header() {
        out_ += painted(fmt::format("{}: {} on {} simulated venues, faults {}, seed {}",
                                    report_.config_path, to_string(report_.simulated),
                                    report_.venues.size(), report_.faults_profile, report_.seed),
                        bold, style_) +
                '\n';
        const std::int64_t wall_ms = std::max<std::int64_t>(in_milliseconds(report_.wall), 1);
        const std::uint64_t rate = report_.events * 1'000 / static_cast<std::uint64_t>(wall_ms);
        out_ += fmt::format("{} events in {}, {} a second", number(report_.events),
                            to_string(report_.wall), number(rate));
        if (report_.is_settled) {
            out_ += fmt::format("; flat {} after quoting ended", to_string(report_.settling));
        }
        out_ += '\n';
    }

    static std::string number(std::uint64_t count) {
        return grouped(std::string_view{fmt::to_string(count)});
    }

    void pnl() {
        title("PnL, dollars");
        Money before;
        Money after;
        Money fees;
        Money quoted;
        Money funding;
        Columns table;
        // A column for funding only where there was some.
        const bool has_funding = std::ranges::any_of(
            report_.venues, [](const VenueRow& v) { return v.funding != Money{}; });
        const auto add = [&](std::vector<std::string> row, std::string_view of_funding) {
            if (has_funding) row.emplace(row.begin() + 5, of_funding);
            table.add(std::move(row));
        };
        add({"", "before", "after", "change", "of it fees", "as maker", "as taker"}, "funding");
        Money taken;
        for (const VenueRow& v : report_.venues) {
            add({v.name, dollars(v.equity_before), dollars(v.equity_after),
                 signed_dollars(pnl_of(v)), signed_dollars(-v.fees), dollars(v.maker_volume),
                 dollars(v.taker_volume)},
                signed_dollars(-v.funding));
            before += v.equity_before;
            after += v.equity_after;
            fees += v.fees;
            funding += v.funding;
            quoted += v.maker_volume;
            taken += v.taker_volume;
        }
        const Money net = after - before;
        add({"total", dollars(before), dollars(after), signed_dollars(net), signed_dollars(-fees),
             dollars(quoted), dollars(taken)},
            signed_dollars(-funding));
        out_ += table.text();
        if (report_.strategies.size() > 1) return by_strategy();
        for (const StrategyRow& one : report_.strategies) {
            if (!has_edge(one)) continue;
            out_ += fmt::format(
                "  edge captured: {} bps of what the quotes traded, {} bps after fees\n",
                edge_of(one, one.fees), edge_of(one, Money{}));
        }
    }

    // What quotes earned is held against what they traded, and not against what others did.
    static bool has_edge(const StrategyRow& one) {
        return one.quotes && one.maker_volume > Money{};
    }
    static std::string edge_of(const StrategyRow& one, Money fees) {
        return bps_of(one.pnl - one.funding + fees, one.maker_volume);
    }

    // Where there is one, the table above says it.
    void by_strategy() {
        Columns table;
        const bool has_edges = std::ranges::any_of(report_.strategies, has_edge);
        const auto add = [&](std::vector<std::string> row, std::vector<std::string> of_edge) {
            if (has_edges) row.insert(row.end(), of_edge.begin(), of_edge.end());
            table.add(std::move(row));
        };
        add({"by strategy", "change", "of it fees", "funding"},
            {"quotes traded", "edge captured", "after fees"});
        for (const StrategyRow& one : report_.strategies) {
            std::vector<std::string> edge;
            if (has_edge(one)) {
                edge = {dollars(one.maker_volume), edge_of(one, one.fees) + " bps",
                        edge_of(one, Money{}) + " bps"};
            }
            add({fmt::format("{} {}", one.kind, one.name), signed_dollars(one.pnl),
                 signed_dollars(-one.fees), signed_dollars(one.funding)},
                std::move(edge));
        }
        out_ += table.text();
    }

    void outside() {
        if (report_.outside_fills == 0) return;
        out_ += fmt::format("  {} executions on these accounts are not ours\n",
                            number(report_.outside_fills));
    }

    void trading() {
        title("Trading");
        Columns table;
        table.add({"fills", "as maker", "hedges", "others", "unhedged median", "longest", "allowed",
                   "exposure worst", "allowed"});
        // What is of no group is the rest.
        GroupRow rest{.maker_fills = report_.maker_fills,
                      .hedge_fills = report_.hedge_fills,
                      .other_fills = report_.other_fills};
        for (const GroupRow& g : report_.groups) {
            table.add({fmt::format("{} ({})", g.name, g.base), number(g.maker_fills),
                       number(g.hedge_fills), number(g.other_fills), ms(g.unhedged.p50),
                       ms(g.unhedged.max), ms(g.unhedged.bound),
                       units_text(g.exposure_worst, g.unit_scale),
                       units_text(g.exposure_limit, g.unit_scale)});
            rest.maker_fills -= g.maker_fills;
            rest.hedge_fills -= g.hedge_fills;
            rest.other_fills -= g.other_fills;
        }
        const bool has_rest = rest.maker_fills + rest.hedge_fills + rest.other_fills > 0;
        if (has_rest && !report_.groups.empty()) {
            table.add({"of no group", number(rest.maker_fills), number(rest.hedge_fills),
                       number(rest.other_fills)});
        }
        table.add({"total", number(report_.maker_fills), number(report_.hedge_fills),
                   number(report_.other_fills), ms(report_.unhedged.p50), ms(report_.unhedged.max),
                   ms(report_.unhedged.bound)});
        out_ += table.text();
    }

    static std::string ms(std::int64_t count) { return grouped(count) + " ms"; }

    void positions() {
        title("Positions at the end, by the venues' own books");
        Columns table;
        for (const PositionRow& p : report_.positions) {
            table.add({fmt::format("{}/{}", p.venue, p.symbol), units_text(p.units, p.unit_scale),
                       p.base});
        }
        for (const GroupRow& g : report_.groups) {
            std::string rest;
            if (g.residue != 0) {
                rest += fmt::format("of it residue {}", units_text(g.residue, g.unit_scale));
            }
            if (g.open_obligation_lots != 0) {
                rest += fmt::format("{}still owed {} lots", rest.empty() ? "" : ", ",
                                    grouped(g.open_obligation_lots));
            }
            table.add({fmt::format("net {}", g.name), units_text(g.net_base_units, g.unit_scale),
                       g.base, rest});
        }
        out_ += table.text();
    }

    // Several a line: there are many kinds, and most runs meet few.
    void counts(std::string_view name, const std::vector<CountRow>& rows) {
        if (sum(rows) == 0) {
            title(fmt::format("{}: none", name));
            return;
        }
        title(name);
        constexpr std::size_t per_line = 3;
        constexpr int name_width = 26;
        constexpr int count_width = 6;
        std::size_t shown = 0;
        std::string line;
        for (const CountRow& row : rows) {
            if (row.count == 0) continue;
            line += fmt::format("  {:<{}}{:>{}}", spaced(row.name), name_width, number(row.count),
                                count_width);
            if (++shown % per_line == 0) {
                out_ += std::exchange(line, {}) + '\n';
            }
        }
        if (!line.empty()) out_ += line + '\n';
    }

    void quoting() {
        for (const QuotingRow& pair : report_.quoting) {
            out_ += fmt::format("  {}: {} quotes", pair.name, number(pair.quotes));
            if (pair.looks > 0) {
                out_ +=
                    fmt::format(", one rested {} % of the time", pair.resting * 100 / pair.looks);
            }
            std::string reasons;
            constexpr std::size_t shown_most = 3;
            for (std::size_t i = 0; i < std::min(pair.held.size(), shown_most); ++i) {
                reasons += fmt::format("{}{} {} %", i > 0 ? ", " : "; else ", pair.held[i].name,
                                       (pair.held[i].count * 100 + pair.looks / 2) / pair.looks);
            }
            out_ += reasons + '\n';
        }
    }

    void brackets() {
        if (report_.brackets.empty()) return;
        title("Positions that had a stop");
        Columns table;
        table.add({"", "positions", "longest bare", "allowed"});
        for (const BracketRow& one : report_.brackets) {
            table.add(
                {one.name, number(one.positions), ms(one.bare_ms_max), ms(one.bare_ms_bound)});
        }
        out_ += table.text();
        title("What closed them, by the venue's book, and as Keel was told");
        Columns paths;
        paths.add({"", "target", "stop", "emergency stop", "Keel", "by hand", "liquidation", "ADL",
                   "only a position"});
        const auto add = [&](std::string name, const std::vector<CountRow>& closed) {
            std::vector<std::string> cells{std::move(name)};
            for (const CountRow& path : closed) cells.push_back(number(path.count));
            paths.add(std::move(cells));
        };
        for (const BracketRow& one : report_.brackets) {
            add(one.name, one.closed);
            add(one.name + ", as told", one.closed_as_told);
        }
        out_ += paths.text();
    }

    // A line of counts for each guardian, one of why, and where its positions stand.
    void guarding() {
        if (report_.guarding.empty()) return;
        title("Guarding");
        for (const GuardianRow& one : report_.guarding) {
            const std::string flagged =
                one.flagged == 0 ? "" : fmt::format(", {} of them flagged", number(one.flagged));
            const std::string lapsed =
                one.lapsed == 0 ? "" : fmt::format(", {} lapsed", number(one.lapsed));
            out_ += fmt::format("  {}: {} lives{}; {} requests, {} of them met a close that ran; "
                                "{} found it closed{}\n",
                                one.name, number(one.lives), flagged, number(one.requests),
                                number(one.double_requests), number(one.already_closed), lapsed);
            const std::string causes = listed(one.closed);
            out_ += fmt::format("    {} closed{}{}\n", number(sum(one.closed)),
                                causes.empty() ? "" : ": ", causes);
            Columns table;
            for (const GuardianRow::Place& place : one.places) {
                table.add({place.name, fmt::format("life {}", number(place.life)), place.stage});
            }
            out_ += table.text();
        }
    }

    // Each lot that was matched has settled, waits, or has failed and was taken back.
    void outcomes(const QuoterRow& quoter) {
        Columns table;
        table.add({"  lots", "matched", "settled", "waiting", "failed", "held", "too small"});
        for (const QuoterRow::Outcome& one : quoter.outcomes) {
            table.add({"  " + one.name, grouped(one.matched), grouped(one.settled),
                       grouped(one.waiting), grouped(one.failed), grouped(one.held),
                       grouped(one.residue)});
        }
        out_ += table.text();
    }

    // What each ladder posted, and what became of what it bought.
    void quoters() {
        if (report_.quoters.empty()) return;
        title("Ladders");
        for (const QuoterRow& one : report_.quoters) {
            out_ += fmt::format("  {}: {} posts, {} batches; {} moved\n", one.name,
                                number(one.posts), number(one.batches), number(one.moved));
            out_ += fmt::format(
                "    {} kept behind the touch, at most {} in a minute, {} allowed\n",
                number(one.clamped), number(one.clamped_most), number(one.clamped_bound));
            out_ +=
                fmt::format("    {} merges, {} redemptions, {} completions\n", number(one.merges),
                            number(one.redemptions), number(one.completions));
            outcomes(one);
            if (one.reward_samples == 0) continue;
            out_ += fmt::format("    rewards: {} lots at the mid, summed over {} samples\n",
                                score_text(one.reward_score), number(one.reward_samples));
        }
    }

    void pairs() {
        if (report_.pairs.empty()) return;
        title("Pairs of legs");
        Columns table;
        const auto percent = [](std::uint64_t rate) {
            return fmt::format("{}.{:02} %", rate / 100, rate % 100);
        };
        table.add({"", "round trips", "of all", "won", "rollbacks", "of all", "cost", "funding",
                   "PnL", "one leg alone"});
        for (const PairRow& one : report_.pairs) {
            table.add({one.name, number(one.round_trips), percent(success_rate(one)),
                       signed_dollars(one.trips_won), number(one.rollbacks),
                       percent(rollback_rate(one)), dollars(one.rollbacks_cost),
                       signed_dollars(one.funding), signed_dollars(one.pnl),
                       fmt::format("{}", one.one_legged_units)});
        }
        out_ += table.text();
        for (const PairRow& one : report_.pairs) {
            why(one.name + " closed", one.exits);
            const auto said = [](std::uint64_t count) {
                return count == 0 ? std::string{"none"} : number(count);
            };
            why(fmt::format("{} rolled back, {} by a venue's failure, {} by the price, "
                            "{} needlessly",
                            one.name, said(one.rollbacks_by_venue), said(one.rollbacks_by_price),
                            said(one.rollbacks_needless)),
                one.rolled_back);
        }
    }

    // "  eth closed: profit 12, carry 3"
    void why(std::string_view what, const std::vector<CountRow>& causes) {
        const std::string line = listed(causes);
        if (!line.empty()) out_ += fmt::format("  {}: {}\n", what, line);
    }

    static std::string listed(const std::vector<CountRow>& rows) {
        std::string out;
        for (const CountRow& row : rows) {
            if (row.count == 0) continue;
            out += fmt::format("{}{} {}", out.empty() ? "" : ", ", spaced(row.name),
                               number(row.count));
        }
        return out;
    }

    void alarms() {
        counts("Alarms", report_.alarms);
        for (const AlarmRow& alarm : report_.alarm_list) {
            std::string line = line_of(alarm);
            constexpr std::size_t width = 98;
            if (line.size() > width) { // the release on a line of its own
                const std::size_t cut = line.rfind("; released by ");
                if (cut != line.npos) line.replace(cut, 2, ";\n      ");
            }
            out_ += "  " + line + '\n';
        }
        const std::uint64_t told = sum(report_.alarms);
        if (told > report_.alarm_list.size() && !report_.alarm_list.empty()) {
            out_ += fmt::format("  {} more, of kinds that came often, are not listed\n",
                                number(told - report_.alarm_list.size()));
        }
    }

    static std::string spaced(std::string name) {
        std::ranges::replace(name, '_', ' ');
        return name;
    }

    void violations() {
        const std::uint64_t count = report_.violations;
        title(count == 0 ? "Violations: none" : fmt::format("Violations: {}", number(count)));
        constexpr std::size_t shown_most = 12; // --json has more of them
        const std::size_t shown = std::min(report_.violation_list.size(), shown_most);
        for (std::size_t i = 0; i < shown; ++i) out_ += "  " + report_.violation_list[i] + '\n';
        if (shown < count) out_ += fmt::format("  and {} more\n", number(count - shown));
    }

    void waiting() {
        if (report_.waits_for.empty()) return;
        title("The last start still waits for");
        for (const std::string& one : report_.waits_for) out_ += "  " + one + '\n';
    }

    void ending() {
        const ExitCode code = exit_code_of(report_);
        const bool all_well = code == ExitCode::Good && report_.warnings.empty();
        const std::string_view colour = all_well                        ? green
                                        : code == ExitCode::Good        ? yellow
                                        : code == ExitCode::Interrupted ? yellow
                                                                        : red;
        out_ += '\n' + painted("Verdict", bold, style_) + "  " +
                painted(verdict_of(report_), colour, style_) +
                fmt::format(" (exit code {})\n", to_int(code));
        constexpr std::size_t shown = 12; // hex digits of the config's hash
        out_ += fmt::format("State    {}, config {}, {}\n", hash_text(report_.state_hash),
                            report_.config_hash.substr(0, shown), report_.build);
        out_ +=
            fmt::format("Desk     {} after {} events, as keel replay has it",
                        hash_text(report_.desk_hash), number(report_.events - report_.events_lost));
        if (report_.events_lost > 0) {
            out_ += fmt::format("; {} more were lost in crashes", number(report_.events_lost));
        }
        out_ += fmt::format("\nRepeat   {}\n", report_.repeat.empty()
                                                   ? "no command does: it was interrupted by hand"
                                                   : report_.repeat);
    }

    const Report& report_;
    TextStyle style_;
    std::string out_;
};

} // namespace

std::string report_text(const Report& report, TextStyle style) {
    return Writer{report, style}.text();
}

} // namespace keel::app
