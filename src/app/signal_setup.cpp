#include "app/signal_setup.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "app/amounts.hpp"
#include "app/signal_csv.hpp"
#include "app/signal_numbers.hpp"
#include "app/words.hpp"
#include "base/assert.hpp"
#include "base/rng.hpp"

namespace keel::app {
namespace {

constexpr std::uint64_t signal_chance = 0x7369676e616cULL; // "signal": a stream of a run's seed

// Whether a strategy of the config is told anything by such a signal.
bool anyone_listens(const References& refs, InstrumentIx about, SignalKind kind) {
    switch (kind) {
    case SignalKind::Target: return std::ranges::find(refs.bracket, about) != refs.bracket.end();
    case SignalKind::Close:
        return std::ranges::any_of(refs.guardian, [&](const std::vector<InstrumentIx>& watched) {
            return std::ranges::find(watched, about) != watched.end();
        });
    case SignalKind::Funding:
        return std::ranges::any_of(refs.pair, [&](const References::Pair& pair) {
            return pair.first == about || pair.second == about;
        });
    case SignalKind::FairValue:
        return std::ranges::find(refs.quoter, about, &References::Quoter::first) !=
               refs.quoter.end();
    }
    std::unreachable();
}

// What a source tells, and the keys that it takes beside valid_ms.
struct SourceShape {
    SignalOrigin origin;
    SignalKind kind;
    std::string_view word;
    std::string_view needed; // "a|b"
    std::string_view others;
};
constexpr std::array<SourceShape, 4> built_ins{
    {{SignalOrigin::RandomTargets, SignalKind::Target, "random", "qty|every_ms",
      "stop_bps|limit_bps"},
     {SignalOrigin::Breakout, SignalKind::Target, "breakout", "qty|lookback_ms",
      "stop_bps|limit_bps"},
     {SignalOrigin::Mid, SignalKind::FairValue, "mid", "every_ms", "of|noise_bps"},
     {SignalOrigin::RandomCloses, SignalKind::Close, "random", "per_hour",
      "twice_percent|again_percent"}}};
constexpr std::string_view source_keys =
    "qty|stop_bps|limit_bps|every_ms|lookback_ms|of|noise_bps|per_hour|twice_percent|again_percent";

std::vector<std::string_view> taken_by(const SourceShape& shape) {
    std::vector<std::string_view> out = split(shape.needed, '|');
    for (const std::string_view key : split(shape.others, '|')) out.push_back(key);
    return out;
}

bool is_among(std::string_view key, const std::vector<std::string_view>& keys) {
    return std::ranges::find(keys, key) != keys.end();
}

class Builder {
public:
    Builder(const Table& root, const References& refs, std::string_view folder, Problems& problems)
        : tables_(root.all("signal")), instruments_(root.all("instrument")), refs_(refs),
          folder_(folder), problems_(problems), amounts_(problems) {}

    std::vector<SignalConfig> build() {
        std::vector<SignalConfig> out;
        out.reserve(tables_.size());
        for (std::size_t i = 0; i < tables_.size(); ++i) out.push_back(build(i));
        return out;
    }

private:
    void refuse(const Table& table, std::string_view key, std::string_view text) {
        problems_.add(table.value(key).place, table.label_of(key), text);
    }

    SignalConfig build(std::size_t place) {
        const Table& table = *tables_[place];
        SignalConfig out;
        out.instrument = refs_.signals[place].instrument;
        out.of = refs_.signals[place].of;
        out.valid_for = table.span("valid_ms");
        if (!table.value("kind").is_good) return out;
        out.kind = signal_kind(table.text("kind"));
        check_others(place);
        const Value& file = table.value("file");
        const Value& source = table.value("source");
        if (!file.is_good || !source.is_good) return out;
        if (file.is_set == source.is_set) {
            refuse(table, file.is_set ? "source" : "file",
                   file.is_set ? "is of no use beside file: a signal has one source"
                               : fmt::format("is missing; {}", where_from(out.kind)));
            return out;
        }
        if (file.is_set) {
            build_file(table, out);
        } else if (const SourceShape* shape = shape_of(table, out.kind)) {
            build_built_in(table, *shape, out);
        }
        return out;
    }

    // One source for an instrument and kind: their numbers would mix.
    void check_others(std::size_t place) {
        const Table& table = *tables_[place];
        const InstrumentIx about = refs_.signals[place].instrument;
        if (about.is_none()) return;
        const SignalKind kind = signal_kind(table.text("kind"));
        for (std::size_t other = 0; other < place; ++other) {
            const Table& before = *tables_[other];
            if (refs_.signals[other].instrument != about || !before.value("kind").is_good ||
                before.text("kind") != table.text("kind")) {
                continue;
            }
            refuse(table, "kind",
                   fmt::format("is \"{}\", which {} tells of \"{}\" already; one source for each "
                               "kind and instrument",
                               table.text("kind"), before.label(), table.text("instrument")));
            return;
        }
        const Value& funding = instruments_[about.value()]->child("funding").value("every_ms");
        if (kind == SignalKind::Funding && funding.is_good && funding.number > 0) {
            refuse(table, "kind",
                   fmt::format("is \"funding\", which the venue tells of \"{}\" already "
                               "([instrument.funding]); one source for each kind and instrument",
                               table.text("instrument")));
        }
        if (!anyone_listens(refs_, about, kind)) {
            problems_.warn(table.place(), table.label(),
                           fmt::format("no strategy listens to a {} of \"{}\"", word_of(kind),
                                       table.text("instrument")));
        }
    }

    static std::string where_from(SignalKind kind) {
        std::vector<std::string_view> words;
        for (const SourceShape& one : built_ins) {
            if (one.kind == kind) words.push_back(one.word);
        }
        return words.empty()
                   ? fmt::format("name a file: no built-in tells a {}", word_of(kind))
                   : fmt::format("name a file, or a built-in by source = {}", one_of(words));
    }

    const SourceShape* shape_of(const Table& table, SignalKind kind) {
        const std::string& word = table.text("source");
        const auto* const found = std::ranges::find_if(built_ins, [&](const SourceShape& one) {
            return one.kind == kind && one.word == word;
        });
        if (found != built_ins.end()) return found;
        refuse(
            table, "source",
            fmt::format("is \"{}\", which tells no {}; {}", word, word_of(kind), where_from(kind)));
        return nullptr;
    }

    void build_file(const Table& table, SignalConfig& out) {
        const Value& file = table.value("file");
        const bool is_relative = !file.text.starts_with('/') && !folder_.empty();
        out.file = is_relative ? fmt::format("{}/{}", folder_, file.text) : file.text;
        out.file_place = file.place;
        for (const std::string_view key : split(source_keys, '|')) {
            if (table.value(key).is_set) {
                refuse(table, key, "is of no use beside file: the file says it");
            }
        }
    }

    void build_built_in(const Table& table, const SourceShape& shape, SignalConfig& out) {
        const std::vector<std::string_view> taken = taken_by(shape);
        const std::vector<std::string_view> needed = split(shape.needed, '|');
        for (const std::string_view key : split(source_keys, '|')) {
            const Value& value = table.value(key);
            if (value.is_set && !is_among(key, taken)) {
                refuse(table, key,
                       fmt::format("is of no use: a {} by \"{}\" takes {}", word_of(shape.kind),
                                   shape.word, fmt::join(taken, ", ")));
            } else if (!value.is_set && value.is_good && is_among(key, needed)) {
                refuse(table, key,
                       fmt::format("is missing; a {} by \"{}\" needs {}", word_of(shape.kind),
                                   shape.word, fmt::join(needed, " and ")));
            }
        }
        out.origin = shape.origin;
        if (!out.instrument.is_none()) {
            const Value& lot = instruments_[out.instrument.value()]->value("lot");
            out.qty = Lots{amounts_.count(table, "qty", lot.decimal, "the lot")};
            if (out.qty > core::qty_max) {
                refuse(table, "qty",
                       fmt::format("is {}, which is more than 2^40 lots", table.text("qty")));
            }
        }
        out.stop = table.bps("stop_bps");
        out.limit = table.bps("limit_bps");
        out.every = table.span("every_ms");
        out.lookback = table.span("lookback_ms");
        out.noise = table.bps("noise_bps");
        out.per_hour = table.integer("per_hour");
        out.twice_percent = table.small("twice_percent");
        out.again_percent = table.small("again_percent");
    }

    std::vector<const Table*> tables_;
    std::vector<const Table*> instruments_;
    const References& refs_;
    std::string_view folder_;
    Problems& problems_;
    Amounts amounts_;
};

world::SignalSource built_in(const SignalConfig& one, const core::EngineConfig& engine,
                             std::uint64_t seed, Timestamp start) {
    const auto spec = [&](InstrumentIx i) -> const Instrument& {
        return engine.instruments[i.value()].instrument;
    };
    const auto terms = [&] {
        return world::TargetTerms{.instrument = one.instrument,
                                  .spec = spec(one.instrument),
                                  .qty = one.qty,
                                  .valid_for = one.valid_for,
                                  .stop = one.stop,
                                  .limit = one.limit};
    };
    switch (one.origin) {
    case SignalOrigin::RandomTargets:
        return world::SignalSource{world::RandomTargets{terms(), one.every, seed, start}};
    case SignalOrigin::Breakout: return world::SignalSource{world::Breakout{terms(), one.lookback}};
    case SignalOrigin::Mid:
        return world::SignalSource{world::MidValue{{.instrument = one.instrument,
                                                    .of = one.of,
                                                    .tick = spec(one.of).tick_size,
                                                    .every = one.every,
                                                    .valid_for = one.valid_for,
                                                    .noise = one.noise},
                                                   seed,
                                                   start}};
    case SignalOrigin::RandomCloses:
        return world::SignalSource{world::RandomCloses{{.instrument = one.instrument,
                                                        .per_hour = one.per_hour,
                                                        .twice_percent = one.twice_percent,
                                                        .again_percent = one.again_percent,
                                                        .valid_for = one.valid_for},
                                                       seed,
                                                       start}};
    case SignalOrigin::File: break;
    }
    KEEL_ASSERT(false, "a file is no built-in");
    std::unreachable();
}

Result<std::vector<world::TimedSignal>> rows_of(const SignalConfig& one,
                                                const core::EngineConfig& engine, Timestamp start) {
    return read_signals(one.file, {.instrument = one.instrument,
                                   .kind = one.kind,
                                   .spec = engine.instruments[one.instrument.value()].instrument,
                                   .valid_for = one.valid_for,
                                   .start = start});
}

} // namespace

std::vector<SignalConfig> build_signals(const Table& root, const References& refs,
                                        std::string_view folder, Problems& problems) {
    return Builder{root, refs, folder, problems}.build();
}

std::vector<world::SignalSource> make_signals(const std::vector<SignalConfig>& signals,
                                              const core::EngineConfig& engine, std::uint64_t seed,
                                              Timestamp start, Problems& problems) {
    std::vector<world::SignalSource> out;
    for (std::size_t i = 0; i < signals.size(); ++i) {
        const SignalConfig& one = signals[i];
        if (one.origin != SignalOrigin::File) {
            Rng chance = Rng{seed}.fork(signal_chance).fork(i);
            out.push_back(built_in(one, engine, chance.next(), start));
            continue;
        }
        auto rows = rows_of(one, engine, start);
        if (rows) {
            out.emplace_back(world::SignalReplay{std::move(*rows)});
        } else {
            problems.add(one.file_place, fmt::format("signal[{}].file", i + 1),
                         rows.error().text());
        }
    }
    return out;
}

void check_signal_files(const std::vector<SignalConfig>& signals, const core::EngineConfig& engine,
                        Problems& problems) {
    for (std::size_t i = 0; i < signals.size(); ++i) {
        const SignalConfig& one = signals[i];
        if (one.origin != SignalOrigin::File || one.file.empty() || one.instrument.is_none()) {
            continue;
        }
        const Instrument& spec = engine.instruments[one.instrument.value()].instrument;
        if (spec.tick_size.mantissa <= 0 || spec.lot_size.mantissa <= 0) continue;
        if (const auto rows = rows_of(one, engine, Timestamp{}); !rows) {
            problems.add(one.file_place, fmt::format("signal[{}].file", i + 1),
                         rows.error().text());
        }
    }
}

} // namespace keel::app
