#include "app/references.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace keel::app {
namespace {

constexpr std::string_view all_of = "/*"; // behind a venue's name

class Resolver {
public:
    Resolver(const Table& root, Problems& problems)
        : problems_(problems), venue_tables_(root.all("venue")),
          instrument_tables_(root.all("instrument")), group_tables_(root.all("group")),
          xemm_tables_(root.all("xemm")), bracket_tables_(root.all("bracket")),
          guardian_tables_(root.all("guardian")), pair_tables_(root.all("pair")),
          quoter_tables_(root.all("quoter")), signal_tables_(root.all("signal")) {}

    References resolve() {
        for (const Table* venue : venue_tables_) add_name(venues_, *venue);
        for (const Table* instrument : instrument_tables_) resolve_instrument(*instrument);
        for (const Table* group : group_tables_) resolve_group(*group);
        for (const Table* xemm : xemm_tables_) resolve_xemm(*xemm);
        holders_.resize(instrument_tables_.size());
        out_.is_held.resize(instrument_tables_.size());
        for (const Table* bracket : bracket_tables_) resolve_bracket(*bracket);
        for (const Table* pair : pair_tables_) resolve_pair(*pair);
        for (const Table* quoter : quoter_tables_) resolve_quoter(*quoter);
        for (const Table* signal : signal_tables_) resolve_signal(*signal);
        for (const Table* guardian : guardian_tables_) resolve_guardian(*guardian);
        for (std::size_t g = 0; g < guardian_tables_.size(); ++g) resolve_all_of(g);
        return std::move(out_);
    }

private:
    void add_name(Names& names, const Table& table) {
        if (table.value("name").is_good)
            names.add(table.text("name"), table, "name", problems_);
        else
            names.skip();
    }

    template <class Ix> Ix find(const Names& names, const Table& table, std::string_view key) {
        const Value& value = table.value(key);
        if (!value.is_good) return Ix{};
        return Ix{names.find(value.text, value.place, table.label_of(key), problems_)};
    }

    void resolve_instrument(const Table& table) {
        const VenueIx venue = find<VenueIx>(venues_, table, "venue");
        out_.venue_of.push_back(venue);
        out_.group_of.emplace_back();
        if (!venue.is_none() && table.value("symbol").is_good) {
            out_.instruments.add(instrument_name(table), table, "symbol", problems_);
        } else {
            out_.instruments.skip();
        }
    }

    void resolve_group(const Table& table) {
        const GroupIx group{static_cast<std::uint32_t>(out_.members.size())};
        add_name(groups_, table);
        std::vector<InstrumentIx>& members = out_.members.emplace_back();
        const Value& listed = table.value("members");
        for (std::size_t i = 0; listed.is_good && i < listed.texts.size(); ++i) {
            const InstrumentIx member{out_.instruments.find(listed.texts[i], listed.text_places[i],
                                                            table.label_of("members"), problems_)};
            if (!member.is_none()) add_member(table, group, members, member, listed.text_places[i]);
        }
        const InstrumentIx via = find<InstrumentIx>(out_.instruments, table, "hedge_via");
        out_.hedge_via.push_back(via);
        const bool all_known = listed.is_good && members.size() == listed.texts.size();
        if (!via.is_none() && all_known && std::ranges::find(members, via) == members.end()) {
            problems_.add(table.value("hedge_via").place, table.label_of("hedge_via"),
                          fmt::format("is \"{}\", which is no member of this group",
                                      table.text("hedge_via")));
        }
    }

    void add_member(const Table& table, GroupIx group, std::vector<InstrumentIx>& members,
                    InstrumentIx member, Place place) {
        GroupIx& owner = out_.group_of[member.value()];
        const std::string name = instrument_name(*instrument_tables_[member.value()]);
        if (!owner.is_none()) {
            problems_.add(place, table.label_of("members"),
                          owner == group
                              ? fmt::format("\"{}\" is listed twice", name)
                              : fmt::format("\"{}\" is a member of {} already; an "
                                            "instrument belongs to one group",
                                            name, group_tables_[owner.value()]->label()));
            return;
        }
        owner = group;
        members.push_back(member);
    }

    void resolve_xemm(const Table& table) {
        add_name(strategies_, table);
        References::Xemm& xemm = out_.xemm.emplace_back();
        xemm.group = find<GroupIx>(groups_, table, "group");
        xemm.maker = find<InstrumentIx>(out_.instruments, table, "maker");
        xemm.hedge = find<InstrumentIx>(out_.instruments, table, "hedge");
        if (xemm.group.is_none()) return;
        if (group_tables_[xemm.group.value()]->value("members").is_good) {
            check_member(table, "maker", xemm.maker, xemm.group);
        }
        const InstrumentIx via = out_.hedge_via[xemm.group.value()];
        if (via.is_none()) return;
        const std::string via_name = instrument_name(*instrument_tables_[via.value()]);
        if (!xemm.hedge.is_none() && xemm.hedge != via) {
            problems_.add(table.value("hedge").place, table.label_of("hedge"),
                          fmt::format("is \"{}\", but group {} hedges via \"{}\"",
                                      table.text("hedge"), table.text("group"), via_name));
        }
        if (xemm.maker == via) {
            problems_.add(table.value("maker").place, table.label_of("maker"),
                          fmt::format("is \"{}\", where its group hedges; quote on another member",
                                      via_name));
        }
    }

    void resolve_bracket(const Table& table) {
        add_name(brackets_, table);
        const InstrumentIx held = find<InstrumentIx>(out_.instruments, table, "instrument");
        if (!held.is_none())
            hold(table, "instrument", held, table.value("instrument").place, "is ");
        out_.bracket.push_back(held);
    }

    void resolve_pair(const Table& table) {
        add_name(pairs_, table);
        References::Pair pair;
        pair.group = find<GroupIx>(groups_, table, "group");
        pair.first = find<InstrumentIx>(out_.instruments, table, "first");
        pair.second = find<InstrumentIx>(out_.instruments, table, "second");
        if (!pair.group.is_none()) check_legs(table, pair);
        out_.pair.push_back(pair);
    }

    void resolve_quoter(const Table& table) {
        add_name(quoters_, table);
        References::Quoter quoter;
        quoter.first = find<InstrumentIx>(out_.instruments, table, "first");
        if (table.value("second").is_set) {
            quoter.second = find<InstrumentIx>(out_.instruments, table, "second");
        }
        if (!quoter.first.is_none()) {
            hold(table, "first", quoter.first, table.value("first").place, "is ");
        }
        if (!quoter.second.is_none()) {
            hold(table, "second", quoter.second, table.value("second").place, "is ");
        }
        out_.quoter.push_back(quoter);
    }

    void check_legs(const Table& table, const References::Pair& pair) {
        const Table& group = *group_tables_[pair.group.value()];
        const auto refuse = [&](std::string_view key, const std::string& text) {
            problems_.add(table.value(key).place, table.label_of(key), text);
        };
        const auto serves = [&](const auto& other) { return other.group == pair.group; };
        if (std::ranges::any_of(out_.xemm, serves) || std::ranges::any_of(out_.pair, serves)) {
            refuse("group", fmt::format("is \"{}\", which serves another strategy; one keeps a "
                                        "group flat",
                                        table.text("group")));
        }
        if (group.value("members").is_good) {
            check_member(table, "first", pair.first, pair.group);
            if (group.value("members").texts.size() != 2) {
                refuse("group",
                       fmt::format("is \"{}\", which has {} members; a pair has the two "
                                   "legs",
                                   table.text("group"), group.value("members").texts.size()));
            }
        }
        const InstrumentIx via = out_.hedge_via[pair.group.value()];
        if (via.is_none()) return;
        const std::string via_name = instrument_name(*instrument_tables_[via.value()]);
        if (!pair.second.is_none() && pair.second != via) {
            refuse("second", fmt::format("is \"{}\", but group {} hedges via \"{}\"",
                                         table.text("second"), table.text("group"), via_name));
        }
        if (pair.first == via) {
            refuse("first", fmt::format("is \"{}\", where its group hedges: that is the second leg",
                                        via_name));
        }
    }

    void resolve_signal(const Table& table) {
        References::Signal& signal = out_.signals.emplace_back();
        signal.instrument = find<InstrumentIx>(out_.instruments, table, "instrument");
        signal.of = table.value("of").is_set ? find<InstrumentIx>(out_.instruments, table, "of")
                                             : signal.instrument;
    }

    void resolve_guardian(const Table& table) {
        add_name(guardians_, table);
        std::vector<InstrumentIx>& watched = out_.guardian.emplace_back();
        const Value& listed = table.value("watch");
        for (std::size_t i = 0; listed.is_good && i < listed.texts.size(); ++i) {
            if (listed.texts[i].ends_with(all_of)) continue; // once it is known what others hold
            const InstrumentIx one{out_.instruments.find(listed.texts[i], listed.text_places[i],
                                                         table.label_of("watch"), problems_)};
            if (one.is_none()) continue;
            hold(table, "watch", one, listed.text_places[i], "");
            watched.push_back(one);
        }
    }

    // What a guardian watches as "venue/*": all that no group and no strategy has.
    void resolve_all_of(std::size_t guardian) {
        const Table& table = *guardian_tables_[guardian];
        const Value& listed = table.value("watch");
        for (std::size_t i = 0; listed.is_good && i < listed.texts.size(); ++i) {
            const std::string& text = listed.texts[i];
            if (!text.ends_with(all_of)) continue;
            const VenueIx venue{venues_.find(text.substr(0, text.size() - all_of.size()),
                                             listed.text_places[i], table.label_of("watch"),
                                             problems_)};
            if (venue.is_none()) continue;
            bool any = false;
            for (std::uint32_t n = 0; n < out_.venue_of.size(); ++n) {
                if (out_.venue_of[n] != venue || out_.is_held[n] || !out_.group_of[n].is_none()) {
                    continue;
                }
                hold(table, "watch", InstrumentIx{n}, listed.text_places[i], "");
                out_.guardian[guardian].emplace_back(n);
                any = true;
            }
            if (any) continue;
            problems_.add(listed.text_places[i], table.label_of("watch"),
                          fmt::format("\"{}\", and groups and strategies have each instrument of "
                                      "that venue already",
                                      text));
        }
    }

    // Its position is this strategy's alone.
    void hold(const Table& table, std::string_view key, InstrumentIx held, Place place,
              std::string_view lead) {
        const std::string name = instrument_name(*instrument_tables_[held.value()]);
        const Table*& holder = holders_[held.value()];
        if (holder == &table) {
            problems_.add(place, table.label_of(key), fmt::format("\"{}\" is listed twice", name));
        } else if (holder != nullptr) {
            problems_.add(place, table.label_of(key),
                          fmt::format("{}\"{}\", which is held by {} already; one strategy holds "
                                      "an instrument",
                                      lead, name, holder->label()));
        }
        holder = &table;
        out_.is_held[held.value()] = true;
        const GroupIx group = out_.group_of[held.value()];
        if (group.is_none()) return;
        problems_.add(place, table.label_of(key),
                      fmt::format("{}\"{}\", a member of {}: what a group hedges is no strategy's "
                                  "position",
                                  lead, name, group_tables_[group.value()]->label()));
    }

    void check_member(const Table& table, std::string_view key, InstrumentIx instrument,
                      GroupIx group) {
        if (instrument.is_none() || out_.group_of[instrument.value()] == group) return;
        problems_.add(table.value(key).place, table.label_of(key),
                      fmt::format("is \"{}\", which is no member of group {}", table.text(key),
                                  group_tables_[group.value()]->text("name")));
    }

    Problems& problems_;
    std::vector<const Table*> venue_tables_;
    std::vector<const Table*> instrument_tables_;
    std::vector<const Table*> group_tables_;
    std::vector<const Table*> xemm_tables_;
    std::vector<const Table*> bracket_tables_;
    std::vector<const Table*> guardian_tables_;
    std::vector<const Table*> pair_tables_;
    std::vector<const Table*> quoter_tables_;
    std::vector<const Table*> signal_tables_;
    std::vector<const Table*> holders_; // by instrument; null: nobody
    Names venues_{"venue"};
    Names groups_{"group"};
    Names strategies_{"xemm"};
    Names brackets_{"bracket"};
    Names guardians_{"guardian"};
    Names pairs_{"pair"};
    Names quoters_{"quoter"};
    References out_;
};

} // namespace

References resolve(const Table& root, Problems& problems) {
    return Resolver{root, problems}.resolve();
}

std::string instrument_name(const Table& instrument) {
    return fmt::format("{}/{}", instrument.text("venue"), instrument.text("symbol"));
}

} // namespace keel::app
