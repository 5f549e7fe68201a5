#include "sim/channels.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace keel::sim {
namespace {

struct Ways {
    explicit Ways(std::uint32_t messages = 16) {
        StoreLayout layout;
        const Arena<Globals> globals = layout.add<Globals>(1);
        channels = Channels{layout, 1, messages};
        store = Store{layout};
        store.put(store.at(globals, 0), Globals{});
        channels.start(store, globals, 1);
    }
    static Message at(std::int64_t due, std::uint32_t name) {
        Message message;
        message.due = Timestamp{due};
        message.ref = name;
        return message;
    }
    // Name and time of all that waits, taken out.
    std::vector<std::pair<std::uint32_t, std::int64_t>> drain(std::uint32_t channel) {
        std::vector<std::pair<std::uint32_t, std::int64_t>> out;
        while (channels.at(store, channel).count > 0) {
            const Timestamp head_due = channels.at(store, channel).head_due;
            const Message message = channels.pop(store, channel);
            EXPECT_EQ(message.due, head_due);
            out.emplace_back(message.ref, message.due.ns());
        }
        EXPECT_EQ(channels.at(store, channel).head_due, never);
        return out;
    }
    Channels channels;
    Store store;
};

using Rows = std::vector<std::pair<std::uint32_t, std::int64_t>>;
constexpr std::uint32_t way = Channels::socket_in;

TEST(Channels, AppendedMessagesKeepTheirOrderAndWaitForWhoIsBefore) {
    Ways ways;
    ways.channels.append(ways.store, way, Ways::at(50, 1));
    ways.channels.append(ways.store, way, Ways::at(20, 2));
    ways.channels.append(ways.store, way, Ways::at(70, 3));
    EXPECT_EQ(ways.drain(way), (Rows{{1, 50}, {2, 50}, {3, 70}}));
}

TEST(Channels, InOrderOfTimeAndThenOfSending) {
    Ways ways;
    ways.channels.in_order(ways.store, way, Ways::at(50, 1));
    ways.channels.in_order(ways.store, way, Ways::at(20, 2));
    ways.channels.in_order(ways.store, way, Ways::at(50, 3));
    ways.channels.in_order(ways.store, way, Ways::at(30, 4));
    EXPECT_EQ(ways.drain(way), (Rows{{2, 20}, {4, 30}, {1, 50}, {3, 50}}));
}

TEST(Channels, AheadOfAnotherIsNotAfterItsTimeNorBeforeItsForerunners) {
    Ways ways;
    ways.channels.append(ways.store, way, Ways::at(10, 1));
    const auto second = ways.channels.append(ways.store, way, Ways::at(50, 2));
    ways.channels.ahead_of(ways.store, way, second, Ways::at(90, 3));
    ways.channels.ahead_of(ways.store, way, second, Ways::at(5, 4));
    EXPECT_EQ(ways.drain(way), (Rows{{1, 10}, {3, 50}, {4, 50}, {2, 50}}));
}

TEST(Channels, AfterAnotherAtItsTime) {
    Ways ways;
    const auto first = ways.channels.append(ways.store, way, Ways::at(10, 1));
    ways.channels.append(ways.store, way, Ways::at(50, 2));
    ways.channels.after(ways.store, way, first, Ways::at(90, 3));
    EXPECT_EQ(ways.drain(way), (Rows{{1, 10}, {3, 10}, {2, 50}}));
}

TEST(Channels, SwappedNeighboursTakeEachOthersTime) {
    Ways ways;
    ways.channels.append(ways.store, way, Ways::at(10, 1));
    ways.channels.append(ways.store, way, Ways::at(50, 2));
    ways.channels.swap_with_last(ways.store, way, Ways::at(80, 3));
    EXPECT_EQ(ways.drain(way), (Rows{{1, 10}, {3, 50}, {2, 80}}));
    ways.channels.append(ways.store, way, Ways::at(10, 1));
    ways.channels.swap_with_last(ways.store, way, Ways::at(20, 2));
    EXPECT_EQ(ways.drain(way), (Rows{{2, 10}, {1, 20}}));
}

TEST(Channels, WhenAllPlacesAreTakenAMessageIsLostAndPlacesAreUsedAgain) {
    Ways ways{3};
    for (int round = 0; round < 3; ++round) {
        for (std::uint32_t i = 0; i < 3; ++i) {
            EXPECT_NE(ways.channels.append(ways.store, way, Ways::at(i, i)), no_slot);
        }
        EXPECT_EQ(ways.channels.append(ways.store, way, Ways::at(9, 9)), no_slot);
        EXPECT_EQ(ways.channels.in_order(ways.store, Channels::late, Ways::at(9, 9)), no_slot);
        EXPECT_EQ(ways.drain(way).size(), 3U);
    }
    ways.channels.append(ways.store, way, Ways::at(1, 1));
    ways.channels.clear(ways.store, way);
    EXPECT_TRUE(ways.drain(way).empty());
}

TEST(Channels, EachDrawsItsOwnChance) {
    Ways a;
    Ways b;
    for (int i = 0; i < 5; ++i) a.channels.draw(a.store, Channels::market, 1'000);
    for (int i = 0; i < 5; ++i) {
        const std::uint64_t mine = a.channels.draw(a.store, way, 1'000'000);
        EXPECT_EQ(b.channels.draw(b.store, way, 1'000'000), mine);
    }
}

} // namespace
} // namespace keel::sim
