#include <vector>

#include <fmt/format.h>

#include "app/table.hpp"
#include "app/words.hpp"

namespace keel::app {
namespace {

// As the head of the section stands in a file: "[[lane.deed]]" for lane[2].deed.
std::string bracketed(const Section& section, std::string_view label) {
    std::string path;
    bool is_number = false;
    for (const char c : label) {
        is_number = (is_number || c == '[') && c != ']';
        if (!is_number && c != ']') path += c;
    }
    return section.repeated ? fmt::format("[[{}]]", path) : fmt::format("[{}]", path);
}

bool has_key(const Section& section, std::string_view key) {
    return section.index_of(key) < section.fields().size();
}

// Where a key that stands in the wrong section belongs; empty if nowhere.
std::string home_of(const Section& section, std::string_view path, std::string_view key) {
    if (has_key(section, key)) return std::string{path};
    for (const Section& child : section.children()) {
        const std::string name =
            path.empty() ? std::string{child.name} : fmt::format("{}.{}", path, child.name);
        if (std::string found = home_of(child, name, key); !found.empty()) return found;
    }
    return {};
}

void refuse_unknown(const FileKind& file, const Table& table, const TomlNode::Member& member,
                    Problems& problems) {
    const Section& section = table.section();
    const std::string label = table.label_of(member.key);
    if (names_a_secret(member.key)) {
        problems.add(
            member.place, label,
            "looks like a secret, and no secret belongs in a config file: take it out, and "
            "replace it where it was valid. Simulated venues need none");
        return;
    }
    std::vector<std::string_view> known;
    for (const Field& field : section.fields()) known.push_back(field.key);
    for (const Section& child : section.children()) known.push_back(child.name);
    const std::string_view kind = table.label().empty() ? "section" : "key";
    const std::string_view near = nearest(member.key, known);
    if (const std::string home = home_of(*file.root, "", member.key); !home.empty()) {
        problems.add(member.place, label,
                     fmt::format("unknown {} here; it belongs in [{}]", kind, home));
    } else if (!near.empty()) {
        problems.add(member.place, label,
                     fmt::format("unknown {}; did you mean \"{}\"?", kind, near));
    } else {
        problems.add(member.place, label,
                     fmt::format("unknown {}; known are {}. {} explains them", kind,
                                 fmt::join(known, ", "), file.explained_by));
    }
}

class TableReader {
public:
    TableReader(const FileKind& file, Problems& problems) : file_(file), problems_(problems) {}

    Table read(const Section& section, std::string label, const TomlNode& node) {
        Table table{section, std::move(label), node.place};
        for (std::size_t i = 0; i < section.fields().size(); ++i) {
            read_field(table, section.fields()[i], node);
        }
        for (const Section& child : section.children()) read_section(table, child, node);
        for (const TomlNode::Member& member : node.members) {
            if (!is_known(section, member.key)) refuse_unknown(file_, table, member, problems_);
        }
        return table;
    }

private:
    static bool is_known(const Section& section, std::string_view key) {
        if (has_key(section, key)) return true;
        for (const Section& child : section.children()) {
            if (child.name == key) return true;
        }
        return false;
    }

    void read_field(Table& table, const Field& field, const TomlNode& node) {
        Value& value = table.value(field.key);
        if (const TomlNode* given = node.find(field.key)) {
            value = read_value(field, *given, table.label_of(field.key), problems_);
        } else if (field.standard == required) {
            problems_.add(table.place(), table.label_of(field.key),
                          fmt::format("is missing; it is {}: {}", describe(field),
                                      field.doc.substr(0, field.doc.find(';'))));
        } else {
            value = standard_value(field, table.place());
        }
    }

    void read_section(Table& parent, const Section& section, const TomlNode& node) {
        const std::string label = parent.label_of(section.name);
        const TomlNode* given = node.find(section.name);
        if (given == nullptr) {
            read_absent(parent, section, label);
        } else if (section.repeated) {
            read_repeated(parent, section, label, *given);
        } else if (given->kind == TomlNode::Kind::Table) {
            parent.children().push_back(read(section, label, *given));
        } else {
            problems_.add(given->place, label,
                          fmt::format("is {}, but there is one table of it: write {}",
                                      describe(given->kind), bracketed(section, label)));
            Problems of_nothing; // what is missing in a section that is none was not asked
            TableReader{file_, of_nothing}.read_absent(parent, section, label);
        }
    }

    void read_absent(Table& parent, const Section& section, const std::string& label) {
        if (section.repeated) {
            if (section.needed) {
                problems_.add(parent.place(), label,
                              fmt::format("is missing; {} has at least one {}: {}", noun_of(parent),
                                          bracketed(section, label), section.doc));
            }
            return;
        }
        TomlNode empty;
        empty.place = parent.place();
        parent.children().push_back(read(section, label, empty));
    }

    void read_repeated(Table& parent, const Section& section, const std::string& label,
                       const TomlNode& given) {
        if (given.kind != TomlNode::Kind::List) {
            problems_.add(given.place, label,
                          fmt::format("is {}, but there may be several: write {}",
                                      describe(given.kind), bracketed(section, label)));
            return;
        }
        if (given.items.empty()) read_absent(parent, section, label);
        for (std::size_t i = 0; i < given.items.size(); ++i) {
            const TomlNode& item = given.items[i];
            const std::string item_label = fmt::format("{}[{}]", label, i + 1);
            if (item.kind != TomlNode::Kind::Table) {
                problems_.add(item.place, item_label,
                              fmt::format("is {}, but must be a table", describe(item.kind)));
            } else {
                parent.children().push_back(read(section, item_label, item));
            }
        }
    }

    static std::string noun_of(const Table& parent) {
        return parent.label().empty() ? std::string{parent.section().doc}
                                      : fmt::format("a {}", parent.section().name);
    }

    const FileKind& file_;
    Problems& problems_;
};

} // namespace

Table read_table(const TomlNode& file, const FileKind& kind, Problems& problems) {
    return TableReader{kind, problems}.read(*kind.root, "", file);
}

} // namespace keel::app
