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

#include "base/assert.hpp"
#include "base/hash.hpp"

namespace keel {

static_assert(std::endian::native == std::endian::little,
              "state and record bytes are little-endian; port Store and bytes.hpp first");

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
        static_assert(sizeof(T) % 8 == 0, "slots are whole words, so none shares a word");
        KEEL_ASSERT(capacity > 0, "an arena holds at least one slot");
        const std::size_t first = words_;
        words_ += capacity * (sizeof(T) / 8);
        KEEL_ASSERT(words_ < 0xffff'ffffULL, "a store is smaller than 32 GiB");
        return Arena<T>{static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(capacity)};
    }
    [[nodiscard]] std::size_t words() const { return words_; }

private:
    std::size_t words_ = 0;
};

// One block of memory that holds a whole state: read through const references, written through
// put() and nothing else. put() keeps the incremental hash and, when asked, the undo log, so that
// an explorer can step back, a replayer can compare, and a copy is one memcpy.
class Store {
public:
    Store() = default;
    explicit Store(const StoreLayout& layout) : count_(layout.words()), words_(allocate(count_)) {}
    Store(const Store& other)
        : count_(other.count_), words_(allocate(count_)), hash_(other.hash_),
          hashing_(other.hashing_) {
        if (count_ > 0) std::memcpy(words_.get(), other.words_.get(), count_ * 8);
    }
    Store& operator=(const Store& other) {
        if (this == &other) return *this;
        if (count_ != other.count_) {
            count_ = other.count_;
            words_ = allocate(count_);
        }
        if (count_ > 0) std::memcpy(words_.get(), other.words_.get(), count_ * 8);
        hash_ = other.hash_;
        hashing_ = other.hashing_;
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
    template <Slot T> [[nodiscard]] std::span<const T> all(Arena<T> arena) const {
        return {reinterpret_cast<const T*>(words_.get() + arena.first_word), arena.capacity};
    }

    // The one write path. `field` must lie in this store; anything up to a whole slot.
    template <class T> void put(const T& field, const std::type_identity_t<T>& value) {
        static_assert(Slot<T>);
        if constexpr (sizeof(T) < 8) {
            const auto address = reinterpret_cast<std::uintptr_t>(&field);
            const std::size_t index = word_index(address & ~std::uintptr_t{7});
            std::uint64_t word = words_[index];
            std::memcpy(reinterpret_cast<std::byte*>(&word) + (address & 7U), &value, sizeof(T));
            write(index, word);
        } else {
            static_assert(sizeof(T) % 8 == 0, "a field is at most a word, or whole words");
            const std::size_t index = word_index(reinterpret_cast<std::uintptr_t>(&field));
            for (std::size_t i = 0; i < sizeof(T) / 8; ++i) {
                std::uint64_t word = 0;
                std::memcpy(&word, reinterpret_cast<const std::byte*>(&value) + i * 8, 8);
                write(index + i, word);
            }
        }
    }
    template <class T> void add(const T& field, const std::type_identity_t<T>& more) {
        put(field, static_cast<T>(field + more));
    }

    // Hash over all words, kept by put(). Equal layouts and equal bytes give equal hashes on every
    // compiler. Switching it off (benchmarks of parts) leaves hash() meaningless.
    [[nodiscard]] std::uint64_t hash() const { return scramble(hash_); }
    [[nodiscard]] std::uint64_t hash_from_scratch() const {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < count_; ++i) {
            if (words_[i] != 0) sum ^= cell(i, words_[i]) ^ cell(i, 0);
        }
        return scramble(sum);
    }
    void set_hashing(bool on) { hashing_ = on; }

    // Undo: while on, every put is remembered; undo_to(mark) takes the state back to that moment.
    void set_undo(bool on, std::size_t reserve_words = 1U << 16U) {
        undoing_ = on;
        undo_.clear();
        if (on) undo_.reserve(reserve_words);
    }
    [[nodiscard]] std::size_t undo_mark() const { return undo_.size(); }
    void undo_to(std::size_t mark) {
        KEEL_ASSERT(mark <= undo_.size(), "an undo mark lies in the past");
        while (undo_.size() > mark) {
            const Undo last = undo_.back();
            undo_.pop_back();
            if (hashing_) hash_ ^= cell(last.index, words_[last.index]) ^ cell(last.index, last.old);
            words_[last.index] = last.old;
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
        rehash();
    }
    void rehash() {
        hash_ = 0;
        for (std::size_t i = 0; i < count_; ++i) {
            if (words_[i] != 0) hash_ ^= cell(i, words_[i]) ^ cell(i, 0);
        }
    }
    // A hint that this slot is needed soon.
    template <Slot T> void prefetch(Arena<T> arena, std::uint32_t index) const {
        const std::uint64_t* place =
            words_.get() + arena.first_word + std::size_t{index} * (sizeof(T) / 8);
        for (std::size_t line = 0; line < (sizeof(T) + 63) / 64; ++line) {
            __builtin_prefetch(place + line * 8, 1);
        }
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
        void* block = std::calloc(count, 8); // untouched pages cost nothing
        KEEL_ASSERT(block != nullptr, "there is memory for the configured capacities");
        return Block{static_cast<std::uint64_t*>(block)};
    }
    [[nodiscard]] std::size_t word_index(std::uintptr_t address) const {
        const std::uintptr_t offset = address - reinterpret_cast<std::uintptr_t>(words_.get());
        KEEL_ASSERT(offset < count_ * 8, "put() writes only fields of its own store");
        return offset / 8;
    }
    // What word `index` with content `word` adds to the hash.
    static std::uint64_t cell(std::uint64_t index, std::uint64_t word) {
        const std::uint64_t key = index * 0x9e3779b97f4a7c15ULL + 0x243f6a8885a308d3ULL;
        const std::uint64_t factor = (index ^ 0xa0761d6478bd642fULL) * 0xe7037ed1a0b428dbULL;
        return fold_multiply(word ^ key, factor | 1U);
    }
    void write(std::size_t index, std::uint64_t word) {
        const std::uint64_t old = words_[index];
        if (old == word) return;
        if (hashing_) hash_ ^= cell(index, old) ^ cell(index, word);
        if (undoing_) undo_.push_back({index, old});
        words_[index] = word;
    }

    std::size_t count_ = 0;
    Block words_;
    std::uint64_t hash_ = 0;
    bool hashing_ = true;
    bool undoing_ = false;
    std::vector<Undo> undo_;
};

} // namespace keel
