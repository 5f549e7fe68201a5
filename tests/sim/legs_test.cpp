#include "sim/legs.hpp"

#include <deque>
#include <map>

#include <gtest/gtest.h>

#include "base/rng.hpp"

namespace keel::sim {
namespace {

struct Table {
    explicit Table(std::uint32_t capacity) {
        StoreLayout layout;
        globals = layout.add<Globals>(1);
        instruments = layout.add<InstrumentSlot>(1);
        legs = Legs{layout, globals, instruments, capacity};
        store = Store{layout};
        store.put(store.at(globals, 0), Globals{});
        InstrumentSlot slot;
        slot.head.fill(no_slot);
        slot.tail.fill(no_slot);
        store.put(store.at(instruments, 0), slot);
    }
    std::uint32_t add(ClOrdID id) {
        Leg leg;
        leg.cl_ord_id = id;
        leg.px = Ticks{100};
        leg.qty = Lots{1};
        return legs.add(store, leg);
    }
    Arena<Globals> globals;
    Arena<InstrumentSlot> instruments;
    Legs legs;
    Store store;
};

TEST(Legs, FindsEachRememberedOrderByBothIDsAndNoOther) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Rng rng{seed};
        constexpr std::uint32_t capacity = 13;
        Table table{capacity};
        std::map<ClOrdID, std::uint64_t> order_ids; // remembered
        std::map<std::uint64_t, ClOrdID> forgotten;
        std::map<ClOrdID, std::uint32_t> live;
        std::deque<ClOrdID> ended;
        std::uint32_t next = 0;
        for (int i = 0; i < 2'000; ++i) {
            if (live.size() < capacity && rng.below(2) == 0) {
                if (order_ids.size() == capacity) { // the one that ended first makes room
                    forgotten[order_ids.at(ended.front())] = ended.front();
                    order_ids.erase(ended.front());
                    ended.pop_front();
                }
                const ClOrdID id = ClOrdID::make(1, 1, ++next);
                const std::uint32_t slot = table.add(id);
                live[id] = slot;
                order_ids[id] = table.legs.at(table.store, slot).order_id;
            } else if (!live.empty()) {
                const auto which = rng.below(live.size());
                const auto it = std::next(live.begin(), static_cast<std::ptrdiff_t>(which));
                table.legs.end(table.store, it->second, Timestamp{i});
                ended.push_back(it->first);
                live.erase(it);
            }
            ASSERT_EQ(table.legs.has_room(table.store), live.size() < capacity);
            for (const auto& [id, order_id] : order_ids) {
                const std::uint32_t slot = table.legs.find(table.store, id);
                ASSERT_NE(slot, no_slot);
                ASSERT_EQ(table.legs.at(table.store, slot).cl_ord_id, id);
                ASSERT_EQ(table.legs.find(table.store, OrderID{0, order_id}), slot);
            }
            for (const auto& [order_id, id] : forgotten) {
                ASSERT_EQ(table.legs.find(table.store, id), no_slot);
                ASSERT_EQ(table.legs.find(table.store, OrderID{0, order_id}), no_slot);
            }
        }
        EXPECT_GT(forgotten.size(), 100U);
    }
}

TEST(Legs, AChainOfLegsEndsWhereMemoryDoes) {
    Table table{3};
    const ClOrdID id = ClOrdID::make(1, 1, 1);
    std::uint32_t newest = table.add(id);
    for (int i = 0; i < 20; ++i) {
        table.legs.end(table.store, newest, Timestamp{i});
        newest = table.add(id);
        ASSERT_EQ(table.legs.find(table.store, id), newest);
        int legs = 0;
        for (std::uint32_t slot = newest; slot != no_slot;
             slot = table.legs.older(table.store, slot)) {
            ++legs;
            ASSERT_LE(legs, 3);
        }
        ASSERT_EQ(legs, std::min(i + 2, 3));
    }
}

TEST(Legs, RestInPriceTimeOrderOnBothSides) {
    for (const Side side : {Side::Buy, Side::Sell}) {
        Table table{64};
        Rng rng{7};
        std::vector<std::uint32_t> slots;
        for (std::uint32_t i = 0; i < 40; ++i) {
            Leg leg;
            leg.cl_ord_id = ClOrdID::make(1, 1, i + 1);
            leg.side = side;
            leg.px = Ticks{rng.between(100, 108)};
            leg.qty = Lots{2};
            slots.push_back(table.legs.add(table.store, leg));
            table.legs.rest(table.store, slots.back());
        }
        for (int i = 0; i < 10; ++i) {
            const auto which = rng.below(slots.size());
            table.legs.unrest(table.store, slots[which]);
            table.legs.end(table.store, slots[which], Timestamp{1});
            slots.erase(slots.begin() + static_cast<std::ptrdiff_t>(which));
        }
        const InstrumentSlot& book = table.store.at(table.instruments, 0);
        const std::size_t index = index_of(side);
        EXPECT_EQ(book.resting, 30U);
        EXPECT_EQ(book.open_qty[index], Lots{60});
        EXPECT_EQ(book.open_qty[1 - index], Lots{0});
        std::size_t count = 0;
        for (std::uint32_t slot = book.head[index]; slot != no_slot; ++count) {
            const Leg& leg = table.legs.at(table.store, slot);
            EXPECT_TRUE(count > 0 || leg.px == book.own_px[index]);
            EXPECT_EQ(leg.next == no_slot, slot == book.tail[index]);
            if (leg.next != no_slot) {
                const Leg& behind = table.legs.at(table.store, leg.next);
                EXPECT_EQ(behind.previous, slot);
                EXPECT_FALSE(is_better(side, behind.px, leg.px));
                EXPECT_TRUE(behind.px != leg.px || leg.order_id < behind.order_id);
            }
            slot = leg.next;
        }
        EXPECT_EQ(count, 30U);
    }
}

} // namespace
} // namespace keel::sim
