#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "base/assert.hpp"
#include "base/hash.hpp"

namespace keel {

static_assert(std::endian::native == std::endian::little,
              "state and record bytes are little-endian; port Store and bytes.hpp first");

// The words of a store hold objects of many types: accesses to them must not be reordered with
// accesses through those types.
using AliasedWord [[gnu::may_alias]] = std::uint64_t;

// What may live in a Store: no pointers that own, no padding, so that equal values are equal bytes.
template <class T>
concept Slot = std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T> &&
               alignof(T) <= 8;

// Where an array of slots lies inside a Store. A value without pointers: a copied Store keeps it.
template <Slot T> struct Arena {
    std::uint32_t first_word = 0;
    std::uint32_t capacity = 0;
};

// Adds up the arenas of one Store. Order of `add` calls is part of the layout.
class StoreLayout {
public:
    template <Slot T> Arena<T> add(std::size_t capacity) {
        KEEL_ASSERT(statistics_from_ == none, "statistics are added last");
        return take<T>(capacity);
    }
    // What was added so far changes with every event: it is hashed when the hash is asked for. What
    // comes after is hashed as it is written, so that asking does not cost a pass over everything.
    void hash_as_written_from_here() { hash_later_to_ = words_; }
    // Counters that never change a decision: copied and saved with the state, but outside hash and
    // undo, so that counting costs an increment. Added last.
    template <Slot T> Arena<T> add_statistics(std::size_t capacity) {
        if (statistics_from_ == none) statistics_from_ = words_;
        return take<T>(capacity);
    }
    [[nodiscard]] std::size_t words() const { return words_; }
    [[nodiscard]] std::size_t words_hashed_later() const { return hash_later_to_; }
    [[nodiscard]] std::size_t hashed_words() const {
        return statistics_from_ == none ? words_ : statistics_from_;
    }

private:
    static constexpr std::size_t none = ~std::size_t{0};

    template <Slot T> Arena<T> take(std::size_t capacity) {
        static_assert(sizeof(T) % 8 == 0, "slots are whole words, so none shares a word");
        KEEL_ASSERT(capacity > 0, "an arena holds at least one slot");
        const std::size_t first = words_;
        words_ += capacity * (sizeof(T) / 8);
        KEEL_ASSERT(words_ < 0xffff'ffffULL, "a store is smaller than 32 GiB");
        return Arena<T>{static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(capacity)};
    }

    std::size_t words_ = 0;
    std::size_t hash_later_to_ = 0;
    std::size_t statistics_from_ = none;
};

// One block of memory that holds a whole state: read through const references, written through
// put() and nothing else. put() keeps the hash and, when asked, the undo log, so that an explorer
// can step back, a replayer can compare, and a copy is one memcpy.
class Store {
public:
    Store() = default;
    explicit Store(const StoreLayout& layout)
        : count_(layout.words()), hashed_(layout.hashed_words()),
          hashed_later_(layout.words_hashed_later()), words_(allocate(count_)) {
        set_usual();
    }
    Store(const Store& other)
        : count_(other.count_), hashed_(other.hashed_), hashed_later_(other.hashed_later_),
          words_(allocate(count_)), hash_(other.hash_) {
        set_usual();
        if (count_ > 0) std::memcpy(words_.get(), other.words_.get(), count_ * 8);
    }
    Store& operator=(const Store& other) {
        if (this == &other) return *this;
        if (count_ != other.count_ || words_ == nullptr) { // null: moved from
            count_ = other.count_;
            words_ = allocate(count_);
        }
        if (count_ > 0) std::memcpy(words_.get(), other.words_.get(), count_ * 8);
        hashed_ = other.hashed_;
        hashed_later_ = other.hashed_later_;
        hash_ = other.hash_;
        set_usual();
        undo_.clear();
        return *this;
    }
    Store(Store&&) noexcept = default;
    Store& operator=(Store&&) noexcept = default;
    ~Store() = default;

    template <Slot T> [[nodiscard]] const T& at(Arena<T> arena, std::uint32_t index) const {
        KEEL_ASSERT(index < arena.capacity, "an arena index is below its capacity");
        const std::uint64_t* place =
            words_.get() + arena.first_word + std::size_t{index} * (sizeof(T) / 8);
        return *reinterpret_cast<const T*>(place);
    }
    // The slot of an arena that has one.
    template <Slot T> [[nodiscard]] const T& only(Arena<T> arena) const {
        return *reinterpret_cast<const T*>(words_.get() + arena.first_word);
    }
    template <Slot T> [[nodiscard]] std::span<const T> all(Arena<T> arena) const {
        return {reinterpret_cast<const T*>(words_.get() + arena.first_word), arena.capacity};
    }

    // The one write path. `field` must lie in this store; anything up to a whole slot. What does
    // not change costs a comparison.
    template <class T>
    [[gnu::always_inline]] void put(const T& field, const std::type_identity_t<T>& value) {
        static_assert(Slot<T>);
        if constexpr (sizeof(T) < 8) {
            using Bits = std::conditional_t<
                sizeof(T) == 1, std::uint8_t,
                std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint32_t>>;
            static_assert(sizeof(T) == sizeof(Bits),
                          "a field is 1, 2, 4 or whole words of 8 bytes");
            const Bits told = std::bit_cast<Bits>(value);
            const Bits held = std::bit_cast<Bits>(field);
            if (told == held) return;
            // Shifts, not a copy through memory: a partial store read back whole stalls.
            const auto address = reinterpret_cast<std::uintptr_t>(&field);
            if constexpr (alignof(T) < sizeof(T)) {
                KEEL_ASSERT((address & 7U) + sizeof(T) <= 8, "a small field lies within one word");
            }
            const unsigned shift = static_cast<unsigned>(address & 7U) * 8U;
            const std::uint64_t change = std::uint64_t{static_cast<Bits>(told ^ held)} << shift;
            const auto* word = reinterpret_cast<const AliasedWord*>(
                reinterpret_cast<const std::byte*>(&field) - (address & 7U));
            write(word, *word ^ change);
        } else {
            static_assert(sizeof(T) % 8 == 0, "a field is at most a word, or whole words");
            const auto* words = reinterpret_cast<const AliasedWord*>(&field);
            if constexpr (alignof(T) < 8) {
                KEEL_ASSERT((reinterpret_cast<std::uintptr_t>(&field) & 7U) == 0,
                            "a field of whole words begins at a word");
            }
            if constexpr (sizeof(T) <= 32) {
                for (std::size_t i = 0; i < sizeof(T) / 8; ++i) {
                    std::uint64_t word = 0;
                    std::memcpy(&word, reinterpret_cast<const std::byte*>(&value) + i * 8, 8);
                    if (words[i] != word) write(words + i, word);
                }
            } else {
                write_all(words, reinterpret_cast<const AliasedWord*>(&value), sizeof(T) / 8);
            }
        }
    }
    // One more of something counted (a statistic, see StoreLayout::add_statistics).
    void count(const std::uint64_t& counter) {
        auto* words = reinterpret_cast<AliasedWord*>(words_.get());
        const auto index =
            static_cast<std::size_t>(reinterpret_cast<const AliasedWord*>(&counter) - words);
        KEEL_ASSERT(index >= hashed_ && index < count_, "count() writes only statistics");
        ++words[index];
    }
    template <class T> void add(const T& field, const std::type_identity_t<T>& more) {
        put(field, static_cast<T>(field + more));
    }

    // Hash over all words but the statistics. Equal layouts and equal bytes give equal hashes on
    // every compiler.
    [[nodiscard]] std::uint64_t hash() const { return scramble(hash_ ^ sum(0, hashed_later_)); }
    [[nodiscard]] std::uint64_t hash_from_scratch() const { return scramble(sum(0, hashed_)); }
    // Who asks for the hash seldom need not keep it with every write: from here on hash() adds up
    // all words when it is asked for, or keeps all of them up to date. The same number either way.
    void keep_hash(bool on) {
        hashed_later_ = on ? 0 : hashed_;
        hash_ = sum(hashed_later_, hashed_);
        set_usual();
    }

    // Undo: while on, every put is remembered; undo_to(mark) takes the state back to that moment.
    void set_undo(bool on, std::size_t reserve_words = 1U << 16U) {
        is_undoing_ = on;
        set_usual();
        undo_.clear();
        if (on) undo_.reserve(reserve_words);
    }
    [[nodiscard]] std::size_t undo_mark() const { return undo_.size(); }
    void undo_to(std::size_t mark) {
        KEEL_ASSERT(mark <= undo_.size(), "an undo mark lies in the past");
        auto* words = reinterpret_cast<AliasedWord*>(words_.get());
        while (undo_.size() > mark) {
            const Undo last = undo_.back();
            undo_.pop_back();
            set(words[last.index], last.index, last.old);
        }
    }
    void forget_undo() { undo_.clear(); }

    [[nodiscard]] std::span<const std::uint64_t> words() const { return {words_.get(), count_}; }
    [[nodiscard]] std::size_t size_bytes() const { return count_ * 8; }
    // Replaces the whole state by a saved one of the same layout.
    void load(std::span<const std::uint64_t> saved) {
        KEEL_ASSERT(saved.size() == count_, "a saved state has the layout of its store");
        if (count_ > 0) std::memcpy(words_.get(), saved.data(), count_ * 8);
        undo_.clear();
        hash_ = sum(hashed_later_, hashed_);
    }
    // The same through the write path, so that it can be undone. Statistics, which cannot, stay.
    void become(std::span<const std::uint64_t> saved) {
        KEEL_ASSERT(saved.size() == count_, "a saved state has the layout of its store");
        const auto* words = reinterpret_cast<const AliasedWord*>(words_.get());
        for (std::size_t i = 0; i < hashed_; ++i) {
            if (words[i] != saved[i]) write(words + i, saved[i]);
        }
    }
    // A hint that this slot is needed soon.
    template <Slot T> void prefetch(Arena<T> arena, std::uint32_t index) const {
        const std::uint64_t* place =
            words_.get() + arena.first_word + std::size_t{index} * (sizeof(T) / 8);
        for (std::size_t word = 0; word < sizeof(T) / 8; word += 8) {
            __builtin_prefetch(place + word, 1);
        }
        if constexpr (sizeof(T) > 64) __builtin_prefetch(place + sizeof(T) / 8 - 1, 1);
        keep();
    }

private:
    struct Undo {
        std::uint64_t index;
        std::uint64_t old;
    };
    struct Free {
        void operator()(std::uint64_t* block) const { std::free(block); }
    };
    using Block = std::unique_ptr<std::uint64_t[], Free>;

    static Block allocate(std::size_t count) {
        if (count == 0) return {};
        // All pages are touched here, so that none faults while trading; large stores ask for huge
        // pages, as their tables are read at random.
        constexpr std::size_t huge = std::size_t{2} << 20U;
        const std::size_t align = count * 8 >= huge ? huge : 64;
        const std::size_t bytes = (count * 8 + align - 1) / align * align;
        void* block = std::aligned_alloc(align, bytes);
        KEEL_ASSERT(block != nullptr, "there is memory for the configured capacities");
#ifdef __linux__
        if (align == huge) static_cast<void>(madvise(block, bytes, MADV_HUGEPAGE));
#endif
        std::memset(block, 0, bytes);
        return Block{static_cast<std::uint64_t*>(block)};
    }
    // What a word adds to the hash. Words are told apart by their place, in bytes from the first.
    static std::uint64_t key_of(std::uint64_t offset) {
        return (offset + 0x243f6a8885a308d3ULL) * key_factor;
    }
    static constexpr std::uint64_t key_factor = 0x9e3779b97f4a7c15ULL;
    static constexpr std::uint64_t key_step = 8 * key_factor; // from a word to the next
    static std::uint64_t cell_of(std::uint64_t key, std::uint64_t word) {
        return fold_multiply(word ^ key, 0xe7037ed1a0b428dbULL + key);
    }
    static std::uint64_t change_at(std::uint64_t offset, std::uint64_t from, std::uint64_t to) {
        const std::uint64_t key = key_of(offset);
        return cell_of(key, from) ^ cell_of(key, to);
    }
    static std::uint64_t change(std::uint64_t index, std::uint64_t from, std::uint64_t to) {
        return change_at(index * 8, from, to);
    }

    [[nodiscard]] std::uint64_t sum(std::size_t from, std::size_t to) const {
        std::uint64_t sum = 0;
        for (std::size_t i = from; i < to; ++i) {
            if (words_[i] != 0) sum ^= change(i, 0, words_[i]);
        }
        return sum;
    }

    // A function that only prefetches has no effect, as g++ sees it, and calls of it are dropped.
    static void keep() { asm volatile(""); }

    // The place is const for everybody else: this is where the store changes. A good part of what a
    // step costs is here, so the usual cases come first and are straight code.
    [[gnu::noinline]] void write(const AliasedWord* place, std::uint64_t word) {
        const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(place) -
                                      reinterpret_cast<std::uintptr_t>(words_.get());
        auto& held = const_cast<AliasedWord&>(*place);
        if (offset < plain_below_) {
            held = word;
        } else if (offset < usual_below_) {
            const std::uint64_t old = held;
            held = word;
            hash_ ^= change_at(offset, old, word);
        } else {
            write_unusually(offset / 8, word);
        }
    }
    [[gnu::noinline]] void write_unusually(std::uint64_t index, std::uint64_t word) {
        KEEL_ASSERT(index < hashed_, "put() writes only fields of its own store");
        auto* words = reinterpret_cast<AliasedWord*>(words_.get());
        undo_.push_back({index, words[index]});
        set(words[index], index, word);
    }
    void set(AliasedWord& held, std::uint64_t index, std::uint64_t word) {
        if (index >= hashed_later_) hash_ ^= change(index, held, word);
        held = word;
    }
    void set_usual() {
        plain_below_ = is_undoing_ ? 0 : hashed_later_ * 8;
        usual_below_ = is_undoing_ ? 0 : hashed_ * 8;
    }
    // The same for a whole slot.
    [[gnu::noinline]] void write_all(const AliasedWord* place, const AliasedWord* value,
                                     std::size_t count) {
        auto* words = reinterpret_cast<AliasedWord*>(words_.get());
        const std::uint64_t first =
            (reinterpret_cast<std::uintptr_t>(place) - reinterpret_cast<std::uintptr_t>(words)) / 8;
        KEEL_ASSERT(first < hashed_ && hashed_ - first >= count,
                    "put() writes only fields of its own store");
        if (first < hashed_later_ && !is_undoing_) {
            for (std::size_t i = 0; i < count; ++i) words[first + i] = value[i];
            return;
        }
        std::uint64_t changes = 0;
        std::uint64_t key = key_of(first * 8);
        for (std::size_t i = 0; i < count; ++i, key += key_step) {
            const std::uint64_t old = words[first + i];
            const std::uint64_t word = value[i];
            if (old == word) continue;
            if (is_undoing_) [[unlikely]]
                undo_.push_back({first + i, old});
            words[first + i] = word;
            changes ^= cell_of(key, old) ^ cell_of(key, word);
        }
        if (first >= hashed_later_) hash_ ^= changes; // a slot lies whole on one side
    }

    std::size_t count_ = 0;
    std::size_t hashed_ = 0;       // words before the statistics
    std::size_t hashed_later_ = 0; // of these, the first ones
    Block words_;
    std::uint64_t hash_ = 0;         // of the words in between
    std::uintptr_t plain_below_ = 0; // offset in bytes: only stored, hashed later, no undo
    std::uintptr_t usual_below_ = 0; // from there to here: stored and hashed, no undo
    bool is_undoing_ = false;
    std::vector<Undo> undo_;
};

} // namespace keel
