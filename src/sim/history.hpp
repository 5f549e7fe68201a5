#pragma once

#include <cstdint>

#include "base/store.hpp"
#include "sim/slots.hpp"

namespace keel::sim {

// What happened to our orders, newest last, in a ring: what streams report, and what reads look
// back into to show a state of some time ago. Numbers start at 1; 0 is none.
class History {
public:
    History() = default;
    History(StoreLayout& layout, Arena<Globals> globals, std::uint32_t capacity)
        : updates_(layout.add<Update>(capacity)), globals_(globals) {}

    // Numbers it, links it to its leg's last update and, for a trade, to the trade before.
    std::uint32_t add(Store& store, Update update) const {
        const Globals& globals = store.at(globals_, 0);
        const std::uint32_t number = globals.updates + 1;
        if (update.type == ExecType::Trade) {
            update.trade_before = globals.last_trade;
            store.put(globals.last_trade, number);
        }
        store.put(globals.updates, number);
        store.put(store.at(updates_, (number - 1) % updates_.capacity), update);
        return number;
    }
    // Null when it was never made or has been overwritten.
    [[nodiscard]] const Update* find(const Store& store, std::uint32_t number) const {
        const std::uint32_t newest = store.at(globals_, 0).updates;
        if (number == 0 || number > newest || newest - number >= updates_.capacity) return nullptr;
        return &store.at(updates_, (number - 1) % updates_.capacity);
    }
    // The newest update of a leg at or before `view`, going back from `number`; null if there is
    // none, or no memory of it.
    [[nodiscard]] const Update* as_of(const Store& store, std::uint32_t number,
                                      Timestamp view) const {
        const Update* update = find(store, number);
        while (update != nullptr && update->at > view) update = find(store, update->before_of_leg);
        return update;
    }

private:
    Arena<Update> updates_;
    Arena<Globals> globals_;
};

} // namespace keel::sim
