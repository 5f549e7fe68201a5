#pragma once

#include <cstdint>
#include <span>

#include "base/store.hpp"
#include "sim/slots.hpp"

namespace keel::sim {

// Messages under way, in numbered channels. Each channel is a queue in order of arrival; between
// channels there is no order at all. A value's places only: what they hold lies in the Store.
class Channels {
public:
    // The first seven are the venue's; then three private streams for each account; then the chain,
    // on which fills travel that settle late. Behind it, and no way of its own: what a process that
    // sleeps has not sent yet.
    static constexpr std::uint32_t socket_in = 0;
    static constexpr std::uint32_t rest_in = 1;
    static constexpr std::uint32_t bump = 2; // arrived, held by the venue's speed bump
    static constexpr std::uint32_t socket_out = 3;
    static constexpr std::uint32_t rest_out = 4;
    static constexpr std::uint32_t late = 5; // repeats of long ago
    static constexpr std::uint32_t market = 6;
    static constexpr std::uint32_t first_private = 7;
    static constexpr std::uint32_t private_each = 3;
    static constexpr std::uint32_t private_stream(std::uint32_t account, LinkKind kind) {
        return first_private + account * private_each + static_cast<std::uint32_t>(kind);
    }

    Channels() = default;
    Channels(StoreLayout& layout, std::uint32_t accounts, std::uint32_t messages);
    void start(Store& store, Arena<Globals> globals, std::uint64_t seed);

    [[nodiscard]] std::uint32_t count() const { return channels_.capacity - 1; }
    [[nodiscard]] std::uint32_t chain() const { return channels_.capacity - 2; }
    [[nodiscard]] std::uint32_t asleep() const { return channels_.capacity - 1; }
    // What sleeps is among them.
    [[nodiscard]] std::span<const ChannelSlot> all(const Store& store) const {
        return store.all(channels_);
    }
    [[nodiscard]] const ChannelSlot& at(const Store& store, std::uint32_t channel) const {
        return store.at(channels_, channel);
    }
    [[nodiscard]] const Message& message(const Store& store, std::uint32_t slot) const {
        return store.at(messages_, slot);
    }
    // Each returns the message's slot, or no_slot when messages_max are under way: then it is lost.
    // append: not before the last one. in_order: where its time puts it. ahead_of: just before
    // another message, not after its time. after: just behind another, at its time.
    std::uint32_t append(Store& store, std::uint32_t channel, Message message) const;
    std::uint32_t in_order(Store& store, std::uint32_t channel, const Message& message) const;
    std::uint32_t ahead_of(Store& store, std::uint32_t channel, std::uint32_t other,
                           Message message) const;
    std::uint32_t after(Store& store, std::uint32_t channel, std::uint32_t other,
                        Message message) const;
    // Swaps places with the last message; each takes the other's time. The channel is not empty.
    std::uint32_t swap_with_last(Store& store, std::uint32_t channel, Message message) const;

    // The head, and takes it out.
    [[nodiscard]] const Message& first(const Store& store, std::uint32_t channel) const {
        return message(store, at(store, channel).head);
    }
    void drop(Store& store, std::uint32_t channel) const;
    Message pop(Store& store, std::uint32_t channel) const;
    void clear(Store& store, std::uint32_t channel) const;

    // Draws from the channel's own stream of chance.
    std::uint64_t draw(Store& store, std::uint32_t channel, std::uint64_t bound) const;
    Duration draw_between(Store& store, std::uint32_t channel, Duration low, Duration high) const;

private:
    [[nodiscard]] std::uint32_t take_slot(Store& store) const;
    std::uint32_t insert(Store& store, std::uint32_t channel, Message message,
                         std::uint32_t previous, std::uint32_t next) const;

    Arena<Message> messages_;
    Arena<ChannelSlot> channels_;
    Arena<Globals> globals_;
};

} // namespace keel::sim
