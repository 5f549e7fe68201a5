#include "sim/channels.hpp"

namespace keel::sim {

Channels::Channels(StoreLayout& layout, std::uint32_t accounts, std::uint32_t messages)
    : messages_(layout.add<Message>(messages)),
      channels_(layout.add<ChannelSlot>(first_private + accounts * private_each)) {}

void Channels::start(Store& store, Arena<Globals> globals, std::uint64_t seed) {
    globals_ = globals;
    const Rng root{seed};
    for (std::uint32_t i = 0; i < channels_.capacity; ++i) {
        ChannelSlot channel;
        channel.head_due = never;
        channel.rng = root.fork(i + 1);
        store.put(store.at(channels_, i), channel);
    }
}

std::uint32_t Channels::take_slot(Store& store, const Message& message) const {
    const Globals& globals = store.at(globals_, 0);
    std::uint32_t slot = globals.free_message;
    if (slot != no_slot) {
        store.put(globals.free_message, store.at(messages_, slot).next);
    } else {
        if (globals.messages_used == messages_.capacity) return no_slot;
        slot = globals.messages_used;
        store.put(globals.messages_used, slot + 1);
    }
    store.put(store.at(messages_, slot), message);
    return slot;
}

void Channels::link(Store& store, std::uint32_t channel, std::uint32_t slot, std::uint32_t previous,
                    std::uint32_t next) const {
    const ChannelSlot& place = store.at(channels_, channel);
    const Message& message = store.at(messages_, slot);
    store.put(message.previous, previous);
    store.put(message.next, next);
    if (previous == no_slot) {
        store.put(place.head, slot);
        store.put(place.head_due, message.due);
    } else {
        store.put(store.at(messages_, previous).next, slot);
    }
    if (next == no_slot) {
        store.put(place.tail, slot);
    } else {
        store.put(store.at(messages_, next).previous, slot);
    }
    store.put(place.count, place.count + 1);
}

std::uint32_t Channels::append(Store& store, std::uint32_t channel, const Message& message) const {
    const std::uint32_t slot = take_slot(store, message);
    if (slot == no_slot) return no_slot;
    const std::uint32_t tail = store.at(channels_, channel).tail;
    if (tail != no_slot) {
        store.put(store.at(messages_, slot).due, later(message.due, store.at(messages_, tail).due));
    }
    link(store, channel, slot, tail, no_slot);
    return slot;
}

std::uint32_t Channels::in_order(Store& store, std::uint32_t channel,
                                 const Message& message) const {
    const std::uint32_t slot = take_slot(store, message);
    if (slot == no_slot) return no_slot;
    std::uint32_t next = no_slot;
    std::uint32_t previous = store.at(channels_, channel).tail;
    while (previous != no_slot && store.at(messages_, previous).due > message.due) {
        next = previous;
        previous = store.at(messages_, previous).previous;
    }
    link(store, channel, slot, previous, next);
    return slot;
}

std::uint32_t Channels::ahead_of(Store& store, std::uint32_t channel, std::uint32_t other,
                                 const Message& message) const {
    const std::uint32_t slot = take_slot(store, message);
    if (slot == no_slot) return no_slot;
    const std::uint32_t previous = store.at(messages_, other).previous;
    Timestamp due = earlier(message.due, store.at(messages_, other).due);
    if (previous != no_slot) due = later(due, store.at(messages_, previous).due);
    store.put(store.at(messages_, slot).due, due);
    link(store, channel, slot, previous, other);
    return slot;
}

std::uint32_t Channels::after(Store& store, std::uint32_t channel, std::uint32_t other,
                              const Message& message) const {
    const std::uint32_t slot = take_slot(store, message);
    if (slot == no_slot) return no_slot;
    store.put(store.at(messages_, slot).due, store.at(messages_, other).due);
    link(store, channel, slot, other, store.at(messages_, other).next);
    return slot;
}

std::uint32_t Channels::swap_with_last(Store& store, std::uint32_t channel,
                                       const Message& message) const {
    const std::uint32_t last = store.at(channels_, channel).tail;
    KEEL_ASSERT(last != no_slot, "a message swaps places with one that is there");
    const std::uint32_t slot = take_slot(store, message);
    if (slot == no_slot) return no_slot;
    const Timestamp last_due = store.at(messages_, last).due;
    store.put(store.at(messages_, slot).due, last_due);
    store.put(store.at(messages_, last).due, later(last_due, message.due));
    link(store, channel, slot, store.at(messages_, last).previous, last);
    return slot;
}

Message Channels::pop(Store& store, std::uint32_t channel) const {
    const ChannelSlot& place = store.at(channels_, channel);
    KEEL_ASSERT(place.head != no_slot, "a message is taken from a channel that holds one");
    const std::uint32_t slot = place.head;
    const Message out = store.at(messages_, slot);
    store.put(place.head, out.next);
    store.put(place.count, place.count - 1);
    if (out.next == no_slot) {
        store.put(place.tail, no_slot);
        store.put(place.head_due, never);
    } else {
        store.put(store.at(messages_, out.next).previous, no_slot);
        store.put(place.head_due, store.at(messages_, out.next).due);
    }
    const Globals& globals = store.at(globals_, 0);
    store.put(store.at(messages_, slot).batch, 0); // nothing can join it any more
    store.put(store.at(messages_, slot).next, globals.free_message);
    store.put(globals.free_message, slot);
    return out;
}

void Channels::clear(Store& store, std::uint32_t channel) const {
    while (store.at(channels_, channel).head != no_slot) pop(store, channel);
}

std::uint64_t Channels::draw(Store& store, std::uint32_t channel, std::uint64_t bound) const {
    Rng rng = store.at(channels_, channel).rng;
    const std::uint64_t out = rng.below(bound);
    store.put(store.at(channels_, channel).rng, rng);
    return out;
}

Duration Channels::draw_between(Store& store, std::uint32_t channel, Duration low,
                                Duration high) const {
    if (high <= low) return low;
    Rng rng = store.at(channels_, channel).rng;
    const std::int64_t out = rng.between(low.value(), high.value());
    store.put(store.at(channels_, channel).rng, rng);
    return Duration{out};
}

} // namespace keel::sim
