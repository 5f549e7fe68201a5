#include "model/types.hpp"

namespace keel {

std::string_view position_suffix(PositionSide side) {
    switch (side) {
    case PositionSide::Net: return "";
    case PositionSide::Long: return " long";
    case PositionSide::Short: return " short";
    }
    std::unreachable();
}

std::string_view to_string(Side side) {
    switch (side) {
    case Side::Buy: return "Buy";
    case Side::Sell: return "Sell";
    }
    std::unreachable();
}

std::string_view to_string(TimeInForce tif) {
    switch (tif) {
    case TimeInForce::Gtc: return "GTC";
    case TimeInForce::Ioc: return "IOC";
    }
    std::unreachable();
}

std::string_view to_string(OrdStatus status) {
    switch (status) {
    case OrdStatus::PendingNew: return "PendingNew";
    case OrdStatus::New: return "New";
    case OrdStatus::PartiallyFilled: return "PartiallyFilled";
    case OrdStatus::Filled: return "Filled";
    case OrdStatus::Canceled: return "Canceled";
    case OrdStatus::Rejected: return "Rejected";
    case OrdStatus::Expired: return "Expired";
    }
    std::unreachable();
}

std::string_view to_string(ExecType type) {
    switch (type) {
    case ExecType::New: return "New";
    case ExecType::Trade: return "Trade";
    case ExecType::Canceled: return "Canceled";
    case ExecType::Rejected: return "Rejected";
    case ExecType::Expired: return "Expired";
    case ExecType::Replaced: return "Replaced";
    case ExecType::Restated: return "Restated";
    case ExecType::Status: return "Status";
    case ExecType::TradeCancel: return "TradeCancel";
    case ExecType::TradeCorrect: return "TradeCorrect";
    }
    std::unreachable();
}

std::string_view to_string(FillStage stage) {
    switch (stage) {
    case FillStage::Final: return "Final";
    case FillStage::Matched: return "Matched";
    case FillStage::Mined: return "Mined";
    case FillStage::Confirmed: return "Confirmed";
    case FillStage::Failed: return "Failed";
    }
    std::unreachable();
}

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
    case Outcome::Accepted: return "Accepted";
    case Outcome::Refused: return "Refused";
    case Outcome::Unknown: return "Unknown";
    }
    std::unreachable();
}

std::string_view to_string(RequestKind kind) {
    switch (kind) {
    case RequestKind::New: return "New";
    case RequestKind::Cancel: return "Cancel";
    case RequestKind::Amend: return "Amend";
    case RequestKind::MassCancel: return "MassCancel";
    case RequestKind::OrderStatus: return "OrderStatus";
    case RequestKind::ReadOpenOrders: return "ReadOpenOrders";
    case RequestKind::ReadFills: return "ReadFills";
    case RequestKind::ReadPositions: return "ReadPositions";
    case RequestKind::ReadBalances: return "ReadBalances";
    case RequestKind::Heartbeat: return "Heartbeat";
    }
    std::unreachable();
}

std::string_view to_string(Transport transport) {
    switch (transport) {
    case Transport::Socket: return "Socket";
    case Transport::Rest: return "Rest";
    }
    std::unreachable();
}

std::string_view to_string(Reason reason) {
    switch (reason) {
    case Reason::None: return "None";
    case Reason::InvalidRequest: return "InvalidRequest";
    case Reason::InsufficientMargin: return "InsufficientMargin";
    case Reason::PostOnlyWouldCross: return "PostOnlyWouldCross";
    case Reason::ReduceOnly: return "ReduceOnly";
    case Reason::NoLiquidity: return "NoLiquidity";
    case Reason::UnknownOrder: return "UnknownOrder";
    case Reason::DuplicateID: return "DuplicateID";
    case Reason::RateLimited: return "RateLimited";
    case Reason::Expired: return "Expired";
    case Reason::Busy: return "Busy";
    case Reason::Timeout: return "Timeout";
    case Reason::TooLate: return "TooLate";
    case Reason::NotSupported: return "NotSupported";
    case Reason::Self: return "Self";
    case Reason::WouldTrigger: return "WouldTrigger";
    case Reason::BadNonce: return "BadNonce";
    case Reason::Liquidation: return "Liquidation";
    case Reason::Deleveraging: return "Deleveraging";
    }
    std::unreachable();
}

std::string_view to_string(LinkKind kind) {
    switch (kind) {
    case LinkKind::Orders: return "Orders";
    case LinkKind::Fills: return "Fills";
    case LinkKind::Positions: return "Positions";
    case LinkKind::Market: return "Market";
    case LinkKind::Requests: return "Requests";
    }
    std::unreachable();
}

std::string_view to_string(LinkState state) {
    switch (state) {
    case LinkState::Down: return "Down";
    case LinkState::Up: return "Up";
    case LinkState::Gap: return "Gap";
    }
    std::unreachable();
}

std::string_view to_string(ReportSource source) {
    switch (source) {
    case ReportSource::Stream: return "Stream";
    case ReportSource::Answer: return "Answer";
    case ReportSource::Read: return "Read";
    }
    std::unreachable();
}

} // namespace keel
