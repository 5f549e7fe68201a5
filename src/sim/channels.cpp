#include "sim/channels.hpp"

namespace keel::sim {

Channels::Channels(StoreLayout& layout, std::uint32_t accounts, std::uint32_t messages)
    : messages_(layout.add<Message>(messages)),
      channels_(layout.add<ChannelSlot>(first_private + accounts * private_each + 2)) {}

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

std::uint32_t Channels::take_slot(Store& store) const {
    const Globals& globals = store.at(globals_, 0);
    const std::uint32_t slot = globals.free_message;
    if (slot != no_slot) {
        store.put(globals.free_message, store.at(messages_, slot).next);
        return slot;
    }
    if (globals.messages_used == messages_.capacity) return no_slot;
    store.put(globals.messages_used, globals.messages_used + 1);
    return globals.messages_used - 1;
}

// Message and channel are written once and whole: this is the path of everything that is said.
std::uint32_t Channels::insert(Store& store, std::uint32_t channel, Message message,
                               std::uint32_t previous, std::uint32_t next) const {
    const std::uint32_t slot = take_slot(store);
    if (slot == no_slot) return no_slot;
    message.previous = previous;
    message.next = next;
    store.put(store.at(messages_, slot), message);
    ChannelSlot place = store.at(channels_, channel);
    if (previous == no_slot) {
        place.head = slot;
        place.head_due = message.due;
    } else {
        store.put(store.at(messages_, previous).next, slot);
    }
    if (next == no_slot) {
        place.tail = slot;
    } else {
        store.put(store.at(messages_, next).previous, slot);
    }
    ++place.count;
    store.put(store.at(channels_, channel), place);
    return slot;
}

std::uint32_t Channels::append(Store& store, std::uint32_t channel, Message message) const {
    const std::uint32_t tail = store.at(channels_, channel).tail;
    if (tail != no_slot) message.due = later(message.due, store.at(messages_, tail).due);
    return insert(store, channel, message, tail, no_slot);
}

std::uint32_t Channels::in_order(Store& store, std::uint32_t channel,
                                 const Message& message) const {
    std::uint32_t next = no_slot;
    std::uint32_t previous = store.at(channels_, channel).tail;
    while (previous != no_slot && store.at(messages_, previous).due > message.due) {
        next = previous;
        previous = store.at(messages_, previous).previous;
    }
    return insert(store, channel, message, previous, next);
}

std::uint32_t Channels::ahead_of(Store& store, std::uint32_t channel, std::uint32_t other,
                                 Message message) const {
    const std::uint32_t previous = store.at(messages_, other).previous;
    message.due = earlier(message.due, store.at(messages_, other).due);
    if (previous != no_slot) {
        message.due = later(message.due, store.at(messages_, previous).due);
    }
    return insert(store, channel, message, previous, other);
}

std::uint32_t Channels::after(Store& store, std::uint32_t channel, std::uint32_t other,
                              Message message) const {
    message.due = store.at(messages_, other).due;
    return insert(store, channel, message, other, store.at(messages_, other).next);
}

std::uint32_t Channels::swap_with_last(Store& store, std::uint32_t channel, Message message) const {
    const std::uint32_t last = store.at(channels_, channel).tail;
    KEEL_ASSERT(last != no_slot, "a message swaps places with one that is there");
    const Timestamp due = message.due;
    const Timestamp last_due = store.at(messages_, last).due;
    message.due = last_due;
    const std::uint32_t slot =
        insert(store, channel, message, store.at(messages_, last).previous, last);
    if (slot != no_slot) store.put(store.at(messages_, last).due, later(last_due, due));
    return slot;
}

Message Channels::pop(Store& store, std::uint32_t channel) const {
    const Message out = first(store, channel);
    drop(store, channel);
    return out;
}

void Channels::drop(Store& store, std::uint32_t channel) const {
    ChannelSlot place = store.at(channels_, channel);
    KEEL_ASSERT(place.head != no_slot, "a message is taken from a channel that holds one");
    const std::uint32_t slot = place.head;
    const Message& gone = store.at(messages_, slot);
    place.head = gone.next;
    --place.count;
    if (gone.next == no_slot) {
        place.tail = no_slot;
        place.head_due = never;
    } else {
        store.put(store.at(messages_, gone.next).previous, no_slot);
        place.head_due = store.at(messages_, gone.next).due;
    }
    store.put(store.at(channels_, channel), place);
    const Globals& globals = store.at(globals_, 0);
    store.put(gone.batch, 0); // nothing can join it any more
    store.put(gone.next, globals.free_message);
    store.put(globals.free_message, slot);
}

void Channels::clear(Store& store, std::uint32_t channel) const {
    while (store.at(channels_, channel).head != no_slot) drop(store, channel);
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
