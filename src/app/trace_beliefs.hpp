#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/order_words.hpp"
#include "explore/world.hpp"
#include "timeline/timeline.hpp"

namespace keel::app {

// What the bot of an explored world believes, said where it changes. Of Keel's desk: each order and
// each group. Of another subject: what it says of itself.
class TraceBeliefs {
public:
    explicit TraceBeliefs(const explore::Scenario& scenario) : texts_(scenario.desk.engine) {}

    // What it believes now and did not when this was asked last; nothing while it is down. The
    // caller says when that was. `orders`: those it ever asked for.
    [[nodiscard]] std::vector<timeline::Note> changes(const explore::World& world,
                                                      const std::set<ClOrdID>& orders);

private:
    void note_order(const core::Engine& engine, ClOrdID id, std::vector<timeline::Note>& out);
    void note(timeline::NoteKind kind, const std::string& key, const std::string& text,
              std::vector<timeline::Note>& out);

    InstrumentTexts texts_;
    std::map<ClOrdID, OrdStatus> statuses_;
    std::map<std::string, std::string> said_; // of each order, group, and line
};

} // namespace keel::app
