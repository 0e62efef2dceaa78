using System.Text;
using AngleSharp.Dom;

namespace Serverless.Documents.Html;

/// <summary>
/// The rules of a page's style elements, as far as they bear on what is seen. Selectors that depend on what a reader does (<c>:hover</c>) or on elements that are
/// not in the tree (<c>:nth-child</c>) are passed over, so that a text is rather kept than lost.
/// </summary>
internal sealed class StyleSheet
{
    private const int MaxRules = 20_000;
    private const int MaxRulesOfAKey = 64;
    private const int MaxDepth = 8;
    private const int MaxLayers = 256;

    // Selectors of a rule that stands within another, of both together.
    private const int MaxNested = 32;
    private const int MaxPrelude = 2000;

    private const int Unlayered = int.MaxValue;

    private readonly Dictionary<string, List<StyleRule>> _rules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _layers = new(StringComparer.Ordinal);
    private int _count;
    private int _lastLayer;

    public bool IsEmpty => _count == 0;

    /// <summary>Whether rules for what stands behind letters could not be taken into account.</summary>
    public bool HasUnknown { get; private set; }

    public static StyleSheet Parse(IReadOnlyList<string> styles, ReadingScope scope)
    {
        var sheet = new StyleSheet();
        // Old pages hide their styles from older browsers in a comment of HTML.
        foreach (var style in styles)
        {
            var css = CssText.WithoutComments(style).Replace("<!--", " ", StringComparison.Ordinal).Replace("-->", " ", StringComparison.Ordinal);
            sheet.AddRules(css, 0, css.Length, Unlayered, 0, scope);
        }

        return sheet;
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
        return matching is null ? [] : matching.OrderBy(rule => rule.Layer).ThenBy(rule => rule.Specificity).ThenBy(rule => rule.Order).Select(rule => rule.Declarations);

        void Collect(string key)
        {
            if (!_rules.TryGetValue(key, out var rules)) return;
            foreach (var rule in rules)
            {
                if (rule.Matches(element)) (matching ??= []).Add(rule);
            }
        }
    }

    // Blocks whose rules are wanted are stepped into; the others are stepped over.
    private void AddRules(string css, int at, int end, int layer, int depth, ReadingScope scope)
    {
        while (at < end)
        {
            scope.Check();
            var sign = CssText.NextSign(css, at, end);
            if (sign == end) return;
            var prelude = css[at..sign].Trim();
            at = sign + 1;
            if (css[sign] != '{')
            {
                if (prelude.StartsWith("@import", StringComparison.OrdinalIgnoreCase)) HasUnknown = true;
                else if (prelude.StartsWith("@layer", StringComparison.OrdinalIgnoreCase)) foreach (var name in prelude[6..].Split(',')) LayerOf(name, Unlayered);
                continue;
            }

            var close = CssText.EndOfBlock(css, at, end);
            if (!prelude.StartsWith('@')) AddRule(prelude, css, at, close, layer, depth, scope);
            else if (depth < MaxDepth && IsWanted(prelude)) AddRules(css, at, close, prelude.StartsWith("@layer", StringComparison.OrdinalIgnoreCase) ? LayerOf(prelude[6..], layer) : layer, depth + 1, scope);
            at = close + 1;
        }
    }

    private static bool IsWanted(string prelude) => prelude.StartsWith("@media", StringComparison.OrdinalIgnoreCase) ? MediaQuery.HoldsOnScreens(prelude.AsSpan(6))
        : prelude.StartsWith("@supports", StringComparison.OrdinalIgnoreCase) ? !prelude.AsSpan(9).TrimStart().StartsWith("not", StringComparison.OrdinalIgnoreCase)
        : prelude.StartsWith("@layer", StringComparison.OrdinalIgnoreCase);

    // What stands in no layer wins over what stands in one, and a layer over those named before it (https://www.w3.org/TR/css-cascade-5/#layer-ordering); layers within one are taken as that one.
    private int LayerOf(string name, int outer)
    {
        if (outer != Unlayered) return outer;
        name = name.Trim().Split('.')[0];
        if (name.Length > 0 && _layers.TryGetValue(name, out var layer)) return layer;
        layer = ++_lastLayer;
        if (name.Length > 0 && _layers.Count < MaxLayers) _layers[name] = layer;
        return layer;
    }

    private void AddRule(string selectors, string css, int at, int end, int layer, int depth, ReadingScope scope)
    {
        if (css.AsSpan(at, end - at).Contains('{'))
        {
            AddNested(selectors, css, at, end, layer, depth, scope);
            return;
        }

        AddDeclarations(selectors, css[at..end], layer);
    }

    private void AddDeclarations(string selectors, string body, int layer)
    {
        if (StyleDeclarations.Parse(body) is not { } declarations) return;
        foreach (var selector in Selectors(selectors))
        {
            if (_count >= MaxRules || StyleRule.Parse(selector, declarations, _count, layer) is not { } rule)
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

    // Rules within a rule (https://www.w3.org/TR/css-nesting-1/): its own declarations, and those of what stands below what it is for.
    private void AddNested(string selectors, string css, int at, int end, int layer, int depth, ReadingScope scope)
    {
        var own = new StringBuilder();
        while (at < end)
        {
            scope.Check();
            var sign = CssText.NextSign(css, at, end);
            if (sign == end || css[sign] != '{')
            {
                own.Append(css, at, sign - at).Append(';');
                at = sign + 1;
                continue;
            }

            var (prelude, close) = (css[at..sign].Trim(), CssText.EndOfBlock(css, sign + 1, end));
            if (depth < MaxDepth && prelude.StartsWith('@') && IsWanted(prelude)) AddRule(selectors, css, sign + 1, close, layer, depth + 1, scope);
            else if (depth < MaxDepth && !prelude.StartsWith('@') && Below(selectors, prelude) is { Length: > 0 } nested) AddRule(nested, css, sign + 1, close, layer, depth + 1, scope);
            at = close + 1;
        }

        AddDeclarations(selectors, own.ToString(), layer);
    }

    private static string Below(string outer, string inner)
    {
        var (above, below) = (Selectors(outer).Take(MaxNested + 1).ToList(), Selectors(inner).Take(MaxNested + 1).ToList());
        if (above.Count * below.Count > MaxNested || outer.Length + inner.Length > MaxPrelude || inner.Count(sign => sign == '&') > MaxNested) return string.Empty;
        return string.Join(',', above.SelectMany(_ => below, (first, second) => second.Contains('&', StringComparison.Ordinal) ? second.Replace("&", first.Trim(), StringComparison.Ordinal) : $"{first} {second}"));
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
}
