using System.Globalization;
using System.Text.RegularExpressions;
using AngleSharp.Css;
using AngleSharp.Css.Dom;
using AngleSharp.Css.Parser;
using AngleSharp.Dom;

namespace Serverless.Documents.Html;

/// <summary>One selector and what it declares: compounds (names, classes, ids, attributes, <c>:not</c>, <c>:is</c>, <c>:where</c>), alone or below one another.</summary>
internal sealed partial class StyleRule
{
    /// <summary>The <see cref="Key"/> of a selector whose elements have nothing in common.</summary>
    public const string AnyElement = "*";

    private const int MaxSteps = 4;
    private const int MaxSelector = 200;

    // The first of 128 characters for private use, which no page has in the names of its classes.
    private const int StandIn = 0xE000;

    private static readonly CssSelectorParser Parser = new();

    // The last first. A step is a child of the one after it here, or anywhere below it.
    private readonly List<(ISelector Compound, bool ChildOfNext)> _steps;

    private StyleRule(List<(ISelector Compound, bool ChildOfNext)> steps, string key, StyleDeclarations declarations, int order, int layer)
    {
        (_steps, Key, Declarations, Order, Layer) = (steps, key, declarations, order, layer);
        Specificity = steps.Aggregate(Priority.Zero, (sum, step) => sum + step.Compound.Specificity);
    }

    /// <summary>What every element that it matches has: an id (#), a class (.) or a name; <see cref="AnyElement"/> where it has none of these.</summary>
    public string Key { get; }

    public Priority Specificity { get; }

    public int Order { get; }

    /// <summary>Rules of a higher one win over those of a lower one, whatever their specificity.</summary>
    public int Layer { get; }

    public StyleDeclarations Declarations { get; }

    /// <summary>Null for a selector that cannot be answered here.</summary>
    public static StyleRule? Parse(string selector, StyleDeclarations declarations, int order, int layer)
    {
        if (selector.Length > MaxSelector) return null;
        selector = AfterComma().Replace(WithStandIns(selector), ",");
        if (Unanswered().IsMatch(selector)) return null;
        var parts = Child().Replace(selector, " > ").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var steps = new List<(ISelector, bool)>();
        var child = false;
        for (var i = parts.Length - 1; i >= 0; i--)
        {
            if (parts[i] == ">")
            {
                if (child || steps.Count == 0) return null;
                child = true;
                continue;
            }

            // Elements have the names that the filter gave them.
            var compound = FormName().Replace(FormattingName().Replace(parts[i], HtmlTagFilter.Renamed + "$0"), "div");
            if (steps.Count == MaxSteps || Parser.ParseSelector(Escaped(compound)) is not { } parsed) return null;
            if (child) steps[^1] = (steps[^1].Item1, true);
            steps.Add((parsed, false));
            child = false;
        }

        return steps.Count == 0 || child ? null : new StyleRule(steps, KeyOf(parts[^1]), declarations, order, layer);
    }

    public bool Matches(IElement element)
    {
        if (!_steps[0].Compound.Match(element, null)) return false;
        var above = element.ParentElement;
        for (var i = 1; i < _steps.Count; i++)
        {
            if (_steps[i - 1].ChildOfNext)
            {
                if (above is null || !_steps[i].Compound.Match(above, null)) return false;
            }
            else
            {
                while (above is not null && !_steps[i].Compound.Match(above, null)) above = above.ParentElement;
                if (above is null) return false;
            }

            above = above.ParentElement;
        }

        return true;
    }

    private static string KeyOf(string compound)
    {
        var plain = compound.IndexOfAny([':', '[']) is >= 0 and var end ? compound[..end] : compound;
        if (IdOrClass().Match(plain) is { Success: true } named) return Plain(named.Value);
        var name = plain.ToLowerInvariant();
        return name.Length > 0 && name != "form" ? name : AnyElement;
    }

    // Characters that are escaped in a name, such as the colon of "lg:block", are no signs of the selector: until its parts are told apart others stand for them.
    private static string WithStandIns(string selector) => !selector.Contains('\\', StringComparison.Ordinal) ? selector : Escape().Replace(selector, escape =>
    {
        var code = escape.Groups["code"] is { Success: true } digits ? int.Parse(digits.ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : escape.Value[1];
        return code is > 0 and < 0x80 ? ((char)(StandIn + code)).ToString() : escape.Value;
    });

    private static string Escaped(string compound) => StandIns().Replace(compound, sign => string.Create(CultureInfo.InvariantCulture, $"\\{sign.Value[0] - StandIn:x} "));

    private static string Plain(string name) => StandIns().Replace(name, sign => ((char)(sign.Value[0] - StandIn)).ToString());

    // Other combinators; pseudo-elements; pseudo-classes but for three; anything but one compound within these; attributes' values with blanks.
    [GeneratedRegex(@"[+~](?!=)|::|:(?!(?:not|is|where)\(|root\b)|\([^()]*[\s>(:][^()]*\)|\[[^\]]*\s[^\]]*\]|\\", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Unanswered();

    [GeneratedRegex(@"\s*>\s*(?![^\[]*\])", RegexOptions.CultureInvariant)]
    private static partial Regex Child();

    [GeneratedRegex(@"(?<![\w.#\[\-=""'\uE000-\uE07F])(?<!:)(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?![\w\-=\](\uE000-\uE07F])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex FormattingName();

    [GeneratedRegex(@"(?<![\w.#\[\-=""':\uE000-\uE07F])form(?![\w\-=\](\uE000-\uE07F])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex FormName();

    [GeneratedRegex(@"[#.][\w\-\uE000-\uE07F]+", RegexOptions.CultureInvariant)]
    private static partial Regex IdOrClass();

    [GeneratedRegex(@"\\(?:(?<code>[0-9A-Fa-f]{1,6})\s?|[^\n])", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Escape();

    [GeneratedRegex(@"[\uE000-\uE07F]", RegexOptions.CultureInvariant)]
    private static partial Regex StandIns();

    [GeneratedRegex(@",\s+", RegexOptions.CultureInvariant)]
    private static partial Regex AfterComma();
}
