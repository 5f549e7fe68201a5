#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>

#include "core/config.hpp"
#include "timeline/timeline.hpp"

namespace keel::app {

// The ways between a desk and an account, in the order in which they stand beside the bot.
enum class Channel : std::uint8_t { Socket, Rest, Orders, Fills, Positions, Market };

struct ChannelPlace {
    AccountIx account;
    Channel channel = Channel::Socket;
    auto operator<=>(const ChannelPlace&) const = default;
};

// Adds the bot's lane and those of the channels that are used: the first half of the accounts left
// of the bot, the others right. Returns which lane is whose.
[[nodiscard]] std::map<ChannelPlace, std::uint32_t> add_lanes(timeline::Timeline& out,
                                                              const core::EngineConfig& config,
                                                              const std::set<ChannelPlace>& used);

} // namespace keel::app
