#include "app/config.hpp"

#include <array>

#include <fmt/format.h>
#include <sodium/crypto_hash_sha256.h>

#include "app/signal_setup.hpp"
#include "app/table.hpp"

namespace keel::app {
namespace {

TomlNode text_node(std::string text) {
    TomlNode out;
    out.kind = TomlNode::Kind::Text;
    out.text = std::move(text);
    return out;
}
TomlNode integer_node(std::int64_t number) {
    TomlNode out;
    out.kind = TomlNode::Kind::Integer;
    out.integer = number;
    return out;
}

// The command line's words are held to the same schema; their problems have no place in the file.
void apply(const Overrides& overrides, Table& run, ConfigErrors& errors) {
    const auto set = [&](std::string_view key, const TomlNode& node, const std::string& option) {
        Problems problems;
        const Field& field = run.section().fields()[run.section().index_of(key)];
        Value value = read_value(field, node, option, problems);
        for (const std::string& text : problems.texts("")) {
            errors.push_back(text.substr(text.find(option))); // without ":1:1: "
        }
        run.value(key) = std::move(value);
    };
    if (overrides.faults) set("faults", text_node(*overrides.faults), "--faults");
    if (overrides.seed) set("seed", integer_node(*overrides.seed), "--seed");
    if (overrides.duration) {
        const std::int64_t ms = in_milliseconds(*overrides.duration);
        if (ms % 1'000 != 0) {
            errors.push_back(fmt::format("--duration: is {} ms, but must be whole seconds", ms));
        } else {
            set("duration_s", integer_node(ms / 1'000), "--duration");
        }
    }
    if (!overrides.market_files.empty()) {
        TomlNode list;
        list.kind = TomlNode::Kind::List;
        for (const std::string& file : overrides.market_files) {
            list.items.push_back(text_node(file));
        }
        set("market_files", list, "--market");
    }
}

// `looks_into_files`: those that it names are there to be read.
std::expected<LoadedConfig, ConfigErrors> load(std::string_view text, std::string_view file,
                                               const Overrides& overrides, bool looks_into_files) {
    const auto tree = read_tree(text, file);
    if (!tree) return std::unexpected(tree.error());
    Problems problems;
    ConfigErrors errors;
    Table root = read_table(*tree, config_kind(), problems);
    apply(overrides, root.child("run"), errors);
    const References refs = resolve(root, problems);
    LoadedConfig out;
    // A path in the file starts at the file's folder, one on the command line where we stand.
    const std::size_t slash = file.rfind('/');
    const std::string_view folder = slash == file.npos ? std::string_view{} : file.substr(0, slash);
    const std::string_view market_folder =
        overrides.market_files.empty() ? folder : std::string_view{};
    out.run = build_run_config(root, refs, folder, market_folder, problems);
    cross_check(root, refs, problems);
    if (problems.any() || !errors.empty()) {
        // (Without a problem a run reads them, and says what is wrong in them.)
        if (looks_into_files) {
            check_signal_files(out.run.signals, out.run.desk.engine, problems);
        }
        for (std::string& problem : problems.texts(file)) errors.push_back(std::move(problem));
        return std::unexpected(std::move(errors));
    }
    if (!has_strategy(out.run.desk)) {
        return std::unexpected(ConfigErrors{
            fmt::format("{}: has no strategy: add an [[xemm]] or another; `keel config "
                        "schema` lists them",
                        file)});
    }
    if (const Result<void> whole = complete(out.run); !whole) {
        return std::unexpected(refused_texts(whole.error(), root, file));
    }
    out.effective = to_toml(root);
    out.hash = sha256_hex(out.effective);
    out.warnings = problems.warnings(file);
    return out;
}

} // namespace

std::expected<LoadedConfig, ConfigErrors> load_config(std::string_view text, std::string_view file,
                                                      const Overrides& overrides) {
    return load(text, file, overrides, false);
}

std::expected<LoadedConfig, ConfigErrors> load_config_file(const std::string& path,
                                                           const Overrides& overrides) {
    const Result<std::string> text = read_config_file(path, "a config file", "examples/xemm.toml");
    if (!text) return std::unexpected(ConfigErrors{text.error().text()});
    return load(*text, path, overrides, true);
}

std::string sha256_hex(std::string_view text) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    std::vector<unsigned char> bytes(text.begin(), text.end());
    crypto_hash_sha256(digest.data(), bytes.data(), bytes.size());
    std::string out;
    for (const unsigned char byte : digest) out += fmt::format("{:02x}", byte);
    return out;
}

} // namespace keel::app
