using System.Text.RegularExpressions;
using AngleSharp.Css;
using AngleSharp.Css.Dom;
using AngleSharp.Css.Parser;
using AngleSharp.Dom;

namespace Serverless.Functions.Ingestion.Readers.Html;

/// <summary>One selector and what it declares: compounds (names, classes, ids, attributes, <c>:not</c>, <c>:is</c>, <c>:where</c>), alone or below one another.</summary>
internal sealed partial class StyleRule
{
    /// <summary>The <see cref="Key"/> of a selector whose elements have nothing in common.</summary>
    public const string AnyElement = "*";

    private const int MaxSteps = 4;
    private const int MaxSelector = 200;

    private static readonly CssSelectorParser Parser = new();

    // The last first. A step is a child of the one after it here, or anywhere below it.
    private readonly List<(ISelector Compound, bool ChildOfNext)> _steps;

    private StyleRule(List<(ISelector Compound, bool ChildOfNext)> steps, string key, StyleDeclarations declarations, int order)
    {
        (_steps, Key, Declarations, Order) = (steps, key, declarations, order);
        Specificity = steps.Aggregate(Priority.Zero, (sum, step) => sum + step.Compound.Specificity);
    }

    /// <summary>What every element that it matches has: an id (#), a class (.) or a name; <see cref="AnyElement"/> where it has none of these.</summary>
    public string Key { get; }

    public Priority Specificity { get; }

    public int Order { get; }

    public StyleDeclarations Declarations { get; }

    /// <summary>Null for a selector that cannot be answered here.</summary>
    public static StyleRule? Parse(string selector, StyleDeclarations declarations, int order)
    {
        if (selector.Length > MaxSelector || Unanswered().IsMatch(selector)) return null;
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
            if (steps.Count == MaxSteps || Parser.ParseSelector(compound) is not { } parsed) return null;
            if (child) steps[^1] = (steps[^1].Item1, true);
            steps.Add((parsed, false));
            child = false;
        }

        return steps.Count == 0 || child ? null : new StyleRule(steps, KeyOf(parts[^1]), declarations, order);
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
        if (IdOrClass().Match(plain) is { Success: true } named) return named.Value;
        var name = plain.ToLowerInvariant();
        return name.Length > 0 && name != "form" ? name : AnyElement;
    }

    // Other combinators; pseudo-elements; pseudo-classes but for three; anything but one compound within these; attributes' values with blanks.
    [GeneratedRegex(@"[+~](?!=)|::|:(?!(?:not|is|where)\(|root\b)|\([^()]*[\s>(:][^()]*\)|\[[^\]]*\s[^\]]*\]|\\", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Unanswered();

    [GeneratedRegex(@"\s*>\s*(?![^\[]*\])", RegexOptions.CultureInvariant)]
    private static partial Regex Child();

    [GeneratedRegex(@"(?<![\w.#\[\-=""'])(?<!:)(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?![\w\-=\](])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex FormattingName();

    [GeneratedRegex(@"(?<![\w.#\[\-=""':])form(?![\w\-=\](])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex FormName();

    [GeneratedRegex(@"[#.][\w-]+", RegexOptions.CultureInvariant)]
    private static partial Regex IdOrClass();
}
