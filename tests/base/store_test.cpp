#include "base/store.hpp"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/count.hpp"
#include "base/rng.hpp"

namespace keel {
namespace {

enum class Colour : std::uint8_t { Red, Green };

struct Pair { // two halves, so its address may lie anywhere in a word
    std::uint16_t a = 0;
    std::uint16_t b = 0;
    bool operator==(const Pair&) const = default;
};
struct Two { // eight bytes that may begin in the middle of a word
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    bool operator==(const Two&) const = default;
};

struct Thing {
    std::int64_t whole = 0;
    std::uint32_t half = 0;
    std::uint16_t quarter = 0;
    std::uint8_t byte = 0;
    Colour colour = Colour::Red;
    Two two;
    std::array<std::uint64_t, 3> wide{};
    bool operator==(const Thing&) const = default;
};
static_assert(Slot<Thing> && sizeof(Thing) == 48);

struct Shifted {
    std::uint32_t first = 0;
    Two straddles;
    std::uint32_t last = 0;
};
static_assert(Slot<Shifted> && sizeof(Shifted) == 16);
struct ShiftedPair {
    std::array<std::uint16_t, 3> first{};
    Pair straddles;
    std::array<std::uint16_t, 3> last{};
};
static_assert(Slot<ShiftedPair> && sizeof(ShiftedPair) == 16);

struct World {
    StoreLayout layout;
    Arena<Thing> things = layout.add<Thing>(50);
    Arena<std::uint64_t> words = layout.add<std::uint64_t>(7);
    Arena<std::uint64_t> counters = layout.add_statistics<std::uint64_t>(3);
    Store store{layout};
};

TEST(Store, BeginsAsZeroes) {
    const World w;
    for (std::uint32_t i = 0; i < w.things.capacity; ++i)
        EXPECT_EQ(w.store.at(w.things, i), Thing{});
    EXPECT_EQ(w.store.hash(), w.store.hash_from_scratch());
    EXPECT_EQ(w.store.size_bytes(), 50 * sizeof(Thing) + 10 * 8);
    for (const std::uint64_t word : w.store.words()) ASSERT_EQ(word, 0U);
}

TEST(Store, PutsEverySizeAndTouchesNothingElse) {
    World w;
    const Thing& thing = w.store.at(w.things, 3);
    Thing expected;
    const auto same = [&](const char* what) {
        EXPECT_EQ(thing, expected) << what;
        EXPECT_EQ(w.store.at(w.things, 2), Thing{}) << what;
        EXPECT_EQ(w.store.at(w.things, 4), Thing{}) << what;
        EXPECT_EQ(w.store.hash(), w.store.hash_from_scratch()) << what;
    };
    w.store.put(thing.byte, 0xab);
    expected.byte = 0xab;
    same("one byte");
    w.store.put(thing.colour, Colour::Green);
    expected.colour = Colour::Green;
    same("an enum");
    w.store.put(thing.quarter, 0xcdef);
    expected.quarter = 0xcdef;
    same("two bytes");
    w.store.put(thing.half, 0x12345678);
    expected.half = 0x12345678;
    same("four bytes");
    w.store.put(thing.whole, -5);
    expected.whole = -5;
    same("a word");
    w.store.put(thing.two, Two{7, 8});
    expected.two = Two{7, 8};
    same("two halves in a word");
    w.store.put(thing.two.b, 9);
    expected.two.b = 9;
    same("the upper half of a word");
    w.store.put(thing.wide, {1, 2, 3});
    expected.wide = {1, 2, 3};
    same("three words");
    w.store.add(thing.wide[1], 40);
    expected.wide[1] = 42;
    same("a sum");
    Thing whole;
    whole.whole = 77;
    whole.wide[2] = 78;
    w.store.put(thing, whole);
    expected = whole;
    same("a whole slot");
    w.store.put(thing, w.store.at(w.things, 9)); // from the store itself
    expected = Thing{};
    same("a slot from the store");
}

TEST(Store, HashIsAFunctionOfTheBytes) {
    World a;
    World b;
    const std::uint64_t empty = a.store.hash();
    a.store.put(a.store.at(a.things, 1).half, 5);
    a.store.put(a.store.at(a.words, 6), 9);
    EXPECT_NE(a.store.hash(), empty);
    b.store.put(b.store.at(b.words, 6), 1);
    b.store.put(b.store.at(b.words, 6), 9);
    b.store.put(b.store.at(b.things, 1).half, 5);
    EXPECT_EQ(a.store.hash(), b.store.hash()); // however it came about
    b.store.put(b.store.at(b.things, 1).half, 0);
    b.store.put(b.store.at(b.things, 2).half, 5);
    EXPECT_NE(a.store.hash(), b.store.hash()); // the place matters
    b.store.put(b.store.at(b.things, 2).half, 0);
    b.store.put(b.store.at(b.words, 6), 0);
    EXPECT_EQ(b.store.hash(), empty);
}

TEST(Store, StatisticsAreSavedAndOutsideHashAndUndo) {
    World w;
    w.store.set_undo(true);
    const std::uint64_t before = w.store.hash();
    w.store.count(w.store.at(w.counters, 2));
    w.store.count(w.store.at(w.counters, 2));
    EXPECT_EQ(w.store.at(w.counters, 2), 2U);
    EXPECT_EQ(w.store.hash(), before);
    EXPECT_EQ(w.store.undo_mark(), 0U);
    Store copy = w.store;
    EXPECT_EQ(copy.at(w.counters, 2), 2U);
}

// What one random step may do to a store.
void random_put(World& w, Rng& rng) {
    const Thing& thing = w.store.at(w.things, static_cast<std::uint32_t>(rng.below(50)));
    const std::uint64_t what = rng.below(8);
    const bool zero = rng.below(3) == 0;
    const std::uint64_t value = zero ? 0 : rng.next();
    switch (what) {
    case 0: w.store.put(thing.whole, static_cast<std::int64_t>(value)); break;
    case 1: w.store.put(thing.half, static_cast<std::uint32_t>(value)); break;
    case 2: w.store.put(thing.quarter, static_cast<std::uint16_t>(value)); break;
    case 3: w.store.put(thing.byte, static_cast<std::uint8_t>(value)); break;
    case 4: w.store.put(thing.two, Two{static_cast<std::uint32_t>(value), 1}); break;
    case 5: w.store.put(thing.wide, {value, 0, value}); break;
    case 6: w.store.put(thing, w.store.at(w.things, static_cast<std::uint32_t>(value % 50))); break;
    default: w.store.put(w.store.at(w.words, static_cast<std::uint32_t>(value % 7)), value); break;
    }
}

std::vector<std::uint64_t> bytes_of(const Store& store) {
    return {store.words().begin(), store.words().end()};
}

TEST(Store, RandomPutsKeepTheHashAndUndoRestoresBytesAndHash) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(fmt::format("rerun with seed {}", seed));
        Rng rng{seed};
        World w;
        for (int i = 0; i < 20; ++i) random_put(w, rng);
        w.store.set_undo(true);
        struct Saved {
            std::size_t mark;
            std::uint64_t hash;
            std::vector<std::uint64_t> bytes;
        };
        std::vector<Saved> saved;
        for (int i = 0; i < 200; ++i) {
            if (rng.below(8) == 0) {
                saved.push_back({w.store.undo_mark(), w.store.hash(), bytes_of(w.store)});
            }
            random_put(w, rng);
            if (rng.below(20) == 0) w.store.keep_hash(rng.below(2) == 0);
            if (!saved.empty() && rng.below(30) == 0) {
                const std::size_t back = rng.below(saved.size());
                w.store.undo_to(saved[back].mark);
                ASSERT_EQ(w.store.hash(), saved[back].hash);
                ASSERT_EQ(bytes_of(w.store), saved[back].bytes);
                saved.resize(back);
            }
            ASSERT_EQ(w.store.hash(), w.store.hash_from_scratch());
        }
        while (!saved.empty()) {
            w.store.undo_to(saved.back().mark);
            ASSERT_EQ(w.store.hash(), saved.back().hash);
            ASSERT_EQ(bytes_of(w.store), saved.back().bytes);
            saved.pop_back();
        }
    }
}

TEST(Store, CopiesAreIndependentAndEqual) {
    World w;
    Rng rng{2};
    for (int i = 0; i < 50; ++i) random_put(w, rng);
    Store copy = w.store;
    EXPECT_EQ(copy.hash(), w.store.hash());
    EXPECT_EQ(bytes_of(copy), bytes_of(w.store));
    copy.put(copy.at(w.words, 0), 123);
    EXPECT_NE(copy.hash(), w.store.hash());
    EXPECT_NE(copy.at(w.words, 0), w.store.at(w.words, 0));
    copy = w.store;
    EXPECT_EQ(bytes_of(copy), bytes_of(w.store));
    EXPECT_EQ(copy.hash(), copy.hash_from_scratch());
    const Store& self = copy;
    copy = self; // to itself: nothing happens
    EXPECT_EQ(bytes_of(copy), bytes_of(w.store));
}

TEST(Store, AMovedFromStoreCanBeGivenAValueAgain) {
    World w;
    w.store.put(w.store.at(w.words, 1), 5);
    Store other = w.store;
    const Store taken = std::move(other);
    other = w.store;
    EXPECT_EQ(bytes_of(other), bytes_of(taken));
    EXPECT_EQ(other.hash(), taken.hash());
}

TEST(Store, LoadsWhatWasSaved) {
    World w;
    Rng rng{6};
    for (int i = 0; i < 50; ++i) random_put(w, rng);
    const std::vector<std::uint64_t> saved = bytes_of(w.store);
    const std::uint64_t hash = w.store.hash();
    World fresh;
    fresh.store.load(saved);
    EXPECT_EQ(fresh.store.hash(), hash);
    EXPECT_EQ(bytes_of(fresh.store), saved);
    fresh.store.put(fresh.store.at(fresh.words, 0), 99);
    EXPECT_EQ(fresh.store.hash(), fresh.store.hash_from_scratch());
}

TEST(StoreDeathTest, TheWritePathRefusesWhatIsNotItsOwn) {
    World w;
    World other;
    EXPECT_DEATH(w.store.put(other.store.at(other.words, 0), 1),
                 "put\\(\\) writes only fields of its own store");
    EXPECT_DEATH(w.store.put(w.store.at(w.counters, 0), 1),
                 "put\\(\\) writes only fields of its own store");
    EXPECT_DEATH(w.store.count(w.store.at(w.words, 0)), "count\\(\\) writes only statistics");
    EXPECT_DEATH(static_cast<void>(w.store.at(w.words, 7)), "an arena index is below its capacity");
    EXPECT_DEATH(w.store.load(std::vector<std::uint64_t>(3)), "has the layout of its store");
    EXPECT_DEATH(w.store.undo_to(1), "an undo mark lies in the past");
    EXPECT_DEATH(static_cast<void>(w.layout.add<std::uint64_t>(1)), "statistics are added last");
}

TEST(StoreDeathTest, AFieldThatLiesAcrossWordsIsRefused) {
    StoreLayout layout;
    const Arena<Shifted> shifted = layout.add<Shifted>(1);
    const Arena<ShiftedPair> pairs = layout.add<ShiftedPair>(1);
    Store store{layout};
    EXPECT_DEATH(store.put(store.at(shifted, 0).straddles, Two{1, 2}),
                 "a field of whole words begins at a word");
    EXPECT_DEATH(store.put(store.at(pairs, 0).straddles, Pair{1, 2}),
                 "a small field lies within one word");
    store.put(store.at(shifted, 0).straddles.b, 4); // its parts are fields like any other
    store.put(store.at(pairs, 0).straddles.b, 5);
    EXPECT_EQ(store.at(shifted, 0).straddles.b, 4U);
    EXPECT_EQ(store.at(pairs, 0).straddles.b, 5U);
    EXPECT_EQ(store.hash(), store.hash_from_scratch());
}

} // namespace
} // namespace keel
