using System.Globalization;
using AngleSharp.Dom;

namespace Serverless.Functions.Ingestion.Readers.Html;

/// <summary>
/// The rules of a page's style elements, as far as they bear on what is seen. Selectors that depend on what a reader does (<c>:hover</c>) or on elements that are
/// not in the tree (<c>:nth-child</c>) are passed over, so that a text is rather kept than lost. Media queries are taken as a wide screen answers them.
/// </summary>
internal sealed class StyleSheet
{
    private const int MaxRules = 20_000;
    private const int MaxRulesOfAKey = 64;
    private const double ScreenWidth = 1280;

    private readonly Dictionary<string, List<StyleRule>> _rules = new(StringComparer.Ordinal);
    private int _count;

    public bool IsEmpty => _count == 0;

    /// <summary>Whether rules for what stands behind letters could not be taken into account.</summary>
    public bool HasUnknown { get; private set; }

    public static StyleSheet Parse(IReadOnlyList<string> styles, ReadingScope scope)
    {
        var sheet = new StyleSheet();
        // Old pages hide their styles from older browsers in a comment of HTML.
        foreach (var style in styles) sheet.AddRules(WithoutComments(style).Replace("<!--", " ", StringComparison.Ordinal).Replace("-->", " ", StringComparison.Ordinal), scope);
        return sheet;
    }

    /// <summary>Whether a media query holds for a wide screen.</summary>
    public static bool IsForScreens(ReadOnlySpan<char> media)
    {
        if (media.IsWhiteSpace()) return true;
        foreach (var query in media.ToString().ToLowerInvariant().Split(','))
        {
            if (query.Split(" and ", StringSplitOptions.TrimEntries).All(Holds)) return true;
        }

        return false;
    }

    /// <summary>The declarations that apply to an element but for those in its own attribute, weakest first.</summary>
    public IEnumerable<StyleDeclarations> For(IElement element)
    {
        if (IsEmpty) return [];
        List<StyleRule>? matching = null;
        Collect(StyleRule.AnyElement);
        Collect(element.LocalName.StartsWith(HtmlTagFilter.Renamed, StringComparison.Ordinal) ? element.LocalName[HtmlTagFilter.Renamed.Length..] : element.LocalName);
        if (element.Id is { Length: > 0 } id) Collect("#" + id);
        foreach (var name in element.ClassList) Collect("." + name);
        return matching is null ? [] : matching.OrderBy(rule => rule.Specificity).ThenBy(rule => rule.Order).Select(rule => rule.Declarations);

        void Collect(string key)
        {
            if (!_rules.TryGetValue(key, out var rules)) return;
            foreach (var rule in rules)
            {
                if (rule.Matches(element)) (matching ??= []).Add(rule);
            }
        }
    }

    private void AddRules(string css, ReadingScope scope)
    {
        // Blocks whose rules are wanted are stepped into; the others are stepped over.
        var at = 0;
        while (at < css.Length)
        {
            scope.Check();
            var end = css.AsSpan(at).IndexOfAny('{', '}', ';');
            if (end < 0) return;
            end += at;
            var prelude = css[at..end].Trim();
            at = end + 1;
            if (css[end] != '{')
            {
                if (prelude.StartsWith("@import", StringComparison.OrdinalIgnoreCase)) HasUnknown = true;
                continue;
            }

            if (prelude.StartsWith('@'))
            {
                var wanted = prelude.StartsWith("@media", StringComparison.OrdinalIgnoreCase)
                    ? IsForScreens(prelude.AsSpan(6))
                    : prelude.StartsWith("@supports", StringComparison.OrdinalIgnoreCase) || prelude.StartsWith("@layer", StringComparison.OrdinalIgnoreCase);
                if (!wanted) at = AfterBlock(css, at);
                continue;
            }

            var close = AfterBlock(css, at);
            AddRule(prelude, css[at..Math.Max(at, close - 1)]);
            at = close;
        }
    }

    private void AddRule(string selectors, string body)
    {
        if (StyleDeclarations.Parse(body) is not { } declarations) return;
        foreach (var selector in Selectors(selectors))
        {
            if (_count >= MaxRules || StyleRule.Parse(selector, declarations, _count) is not { } rule)
            {
                HasUnknown |= declarations.HasBackground;
                continue;
            }

            _count++;
            if (!_rules.TryGetValue(rule.Key, out var rules)) _rules[rule.Key] = rules = [];
            // The later a rule the stronger: where there are too many to look at each for each element, the first ones go.
            if (rules.Count == MaxRulesOfAKey) rules.RemoveAt(0);
            rules.Add(rule);
        }
    }

    /// <summary>Parted by commas, but for those in parentheses and brackets.</summary>
    private static IEnumerable<string> Selectors(string list)
    {
        var (start, depth) = (0, 0);
        for (var at = 0; at < list.Length; at++)
        {
            if (list[at] is '(' or '[') depth++;
            else if (list[at] is ')' or ']') depth--;
            if (list[at] != ',' || depth > 0) continue;
            yield return list[start..at];
            start = at + 1;
        }

        yield return list[start..];
    }

    private static int AfterBlock(string css, int at)
    {
        for (var depth = 1; at < css.Length; at++)
        {
            if (css[at] == '{') depth++;
            else if (css[at] == '}' && --depth == 0) return at + 1;
        }

        return css.Length;
    }

    internal static string WithoutComments(string css)
    {
        var text = new System.Text.StringBuilder(css.Length);
        var at = 0;
        while (at < css.Length)
        {
            var open = css.IndexOf("/*", at, StringComparison.Ordinal);
            if (open < 0) return text.Append(css, at, css.Length - at).ToString();
            text.Append(css, at, open - at).Append(' ');
            var close = css.IndexOf("*/", open + 2, StringComparison.Ordinal);
            if (close < 0) break;
            at = close + 2;
        }

        return text.ToString();
    }

    private static bool Holds(string condition)
    {
        if (condition is "screen" or "all" or "only screen" or "only all" or "(orientation: landscape)" or "(orientation:landscape)") return true;
        if (condition.Trim('(', ')').Split(':', 2, StringSplitOptions.TrimEntries) is not [var feature, var value]) return false;
        var factor = value.EndsWith("px", StringComparison.Ordinal) ? 1 : value.EndsWith("em", StringComparison.Ordinal) ? 16 : 0;
        if (factor == 0 || !double.TryParse(value.TrimEnd('p', 'x', 'r', 'e', 'm', ' '), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return false;
        return feature switch { "min-width" => number * factor <= ScreenWidth, "max-width" => number * factor >= ScreenWidth, _ => false };
    }
}
