#include "sim/nonces.hpp"

#include <algorithm>

#include "sim/venue.hpp"

// Numbers that a venue wants each action to carry, so that none is done twice. The desk's side of
// it is here, too, as its adapter's would be: the number is taken when an action leaves, and what
// the venue expects is asked for when it refuses one, or after a reconnect. Requests that only ask
// carry none.

namespace keel::sim {

namespace {

constexpr std::uint64_t day_ms = 86'400'000;

// Which of its account's keys has signed it; keys_each: none.
std::uint32_t key_of(RequestKind kind, Transport transport) {
    const std::uint32_t by_rest = transport == Transport::Rest ? 2 : 0;
    switch (kind) {
    case RequestKind::New:
    case RequestKind::Amend: return by_rest;
    case RequestKind::Cancel:
    case RequestKind::MassCancel: return by_rest + 1;
    case RequestKind::OrderStatus:
    case RequestKind::ReadOpenOrders:
    case RequestKind::ReadFills:
    case RequestKind::ReadPositions:
    case RequestKind::ReadBalances:
    case RequestKind::Heartbeat: break;
    }
    return keys_each;
}

std::uint64_t ms_of(Timestamp at) { return static_cast<std::uint64_t>(at.ns() / 1'000'000); }

} // namespace

const NonceSlot* Venue::nonces_of(const Message& message, RequestKind kind) const {
    const std::uint32_t key = key_of(kind, message.transport);
    if (nonces_.capacity == 0 || key == keys_each || message.account == no_slot) return nullptr;
    return &store_.at(nonces_, message.account * keys_each + key);
}

// As it leaves.
void Venue::stamp(Message& request, RequestKind kind) {
    const NonceSlot* own = nonces_of(request, kind);
    if (own == nullptr) return;
    request.nonce = own->next;
    if (config().nonces == NonceRule::Window) {
        request.nonce = std::max(request.nonce, ms_of(request.sent_at + config().clock_offset));
    }
    request.generation = own->generation;
    put(own->next, request.nonce + 1);
}

// As it arrives: does the venue take its number? What it refuses before it looks at it, it does
// not.
bool Venue::admits(const Message& request, RequestKind kind, Timestamp at) {
    const NonceSlot* own = nonces_of(request, kind);
    if (own == nullptr) return true;
    if (config().nonces == NonceRule::Consecutive) {
        if (request.nonce != own->expected) return false;
        put(own->expected, own->expected + 1);
        return true;
    }
    const std::uint64_t now = ms_of(at + config().clock_offset);
    if (request.nonce > now + day_ms || request.nonce + 2 * day_ms < now) return false;
    const std::uint32_t first =
        (request.account * keys_each + key_of(kind, request.transport)) * nonce_window;
    std::uint32_t least = first;
    for (std::uint32_t at_place = first; at_place < first + own->seen; ++at_place) {
        const std::uint64_t known = store_.at(used_nonces_, at_place);
        if (known == request.nonce) return false;
        if (known < store_.at(used_nonces_, least)) least = at_place;
    }
    if (own->seen < nonce_window) {
        least = first + own->seen;
        put(own->seen, own->seen + 1);
    } else if (request.nonce < store_.at(used_nonces_, least)) {
        return false;
    }
    put(store_.at(used_nonces_, least), request.nonce);
    return true;
}

// What the venue would say now to the question which number it expects.
void Venue::tell_nonce(Message& answer, RequestKind kind) const {
    const NonceSlot* own = nonces_of(answer, kind);
    if (own != nullptr && config().nonces == NonceRule::Consecutive) answer.nonce = own->expected;
}

// Heard by the desk's side. Of what left before it last asked, nothing is learnt.
void Venue::learn_nonce(const Message& heard) {
    if (heard.what != What::Answer) return;
    const auto answer = body_of<RequestAnswer>(heard);
    const NonceSlot* own = nonces_of(heard, answer.kind);
    const bool is_news =
        answer.reason == Reason::BadNonce && own != nullptr && heard.generation == own->generation;
    if (!is_news || config().nonces != NonceRule::Consecutive) return;
    put(own->next, heard.nonce);
    put(own->generation, own->generation + 1);
}

// After a reconnect.
void Venue::ask_nonces() {
    if (config().nonces != NonceRule::Consecutive) return;
    for (std::uint32_t key = 0; key < nonces_.capacity; ++key) {
        const NonceSlot& own = store_.at(nonces_, key);
        put(own.next, own.expected);
        put(own.generation, own.generation + 1);
    }
}

// For a decision_hash(): how far apart the numbers are, not how many there were. (Of a window no
// search comes to the end.)
void Venue::add_nonces(Hasher& h) const {
    if (config().nonces != NonceRule::Consecutive) return;
    const auto add = [&](std::uint64_t nonce, const NonceSlot& own) {
        h.add_signed(static_cast<std::int64_t>(nonce - own.expected));
    };
    for (const NonceSlot& own : store_.all(nonces_)) add(own.next, own);
    for (const ChannelSlot& way : channels_.all(store_)) {
        for (std::uint32_t slot = way.head; slot != no_slot;) {
            const Message& message = channels_.message(store_, slot);
            slot = message.next;
            if (message.nonce == 0) continue;
            const bool is_other_answer = message.what == What::Answer &&
                                         body_of<RequestAnswer>(message).reason != Reason::BadNonce;
            if (is_other_answer) continue;
            const RequestKind kind = message.what == What::Answer
                                         ? body_of<RequestAnswer>(message).kind
                                         : kind_of(message);
            const NonceSlot* own = nonces_of(message, kind);
            if (own == nullptr) continue;
            add(message.nonce, *own);
            h.add(message.generation == own->generation ? 1U : 0U);
        }
    }
}

} // namespace keel::sim
