#include "app/diagram_lanes.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace keel::app {
namespace {

std::string participant(const core::EngineConfig& config, AccountIx account) {
    const core::AccountConfig& one = config.accounts[account.value()];
    const std::string& venue = config.venues[one.venue.value()].name;
    const bool is_alone = std::ranges::count_if(config.accounts, [&](const auto& other) {
                              return other.venue == one.venue;
                          }) == 1;
    return is_alone ? venue : fmt::format("{}/{}", venue, one.name);
}

} // namespace

std::map<ChannelPlace, std::uint32_t> add_lanes(timeline::Timeline& out,
                                                const core::EngineConfig& config,
                                                const std::set<ChannelPlace>& used) {
    std::map<ChannelPlace, std::uint32_t> lanes;
    const auto add = [&](ChannelPlace place) {
        static constexpr std::array<std::string_view, 6> names{"socket", "REST",      "orders",
                                                               "fills",  "positions", "market"};
        lanes[place] = static_cast<std::uint32_t>(out.lanes.size());
        out.lanes.push_back({participant(config, place.account),
                             std::string{names[static_cast<std::size_t>(place.channel)]}});
    };
    const std::size_t half = (config.accounts.size() + 1) / 2;
    std::vector<ChannelPlace> right;
    std::vector<ChannelPlace> left;
    for (const ChannelPlace& place : used) {
        (place.account.value() < half ? left : right).push_back(place);
    }
    std::ranges::reverse(left);
    for (const ChannelPlace& place : left) add(place);
    out.bot = static_cast<std::uint32_t>(out.lanes.size());
    out.lanes.push_back({"bot", ""});
    for (const ChannelPlace& place : right) add(place);
    return lanes;
}

} // namespace keel::app
