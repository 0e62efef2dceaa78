using AngleSharp.Dom;

namespace Serverless.Functions.Ingestion.Readers.Html;

/// <summary>One selector and what it declares.</summary>
internal sealed class StyleRule
{
    private const int MaxSteps = 4;

    // The last first. A step is a child of the one after it here, or anywhere below it.
    private readonly List<(Compound Compound, bool ChildOfNext)> _steps;

    private StyleRule(List<(Compound Compound, bool ChildOfNext)> steps, StyleDeclarations declarations, int order)
    {
        (_steps, Declarations, Order) = (steps, declarations, order);
        var last = steps[0].Compound;
        Key = last.Id is not null ? "#" + last.Id : last.Classes.Count > 0 ? "." + last.Classes[0] : last.Element!;
        Specificity = steps.Sum(step => (step.Compound.Id is null ? 0 : 10_000) + (100 * step.Compound.Classes.Count) + (step.Compound.Element is null ? 0 : 1));
    }

    /// <summary>What every element that it matches has: an id (#), a class (.) or a name.</summary>
    public string Key { get; }

    public int Specificity { get; }

    public int Order { get; }

    public StyleDeclarations Declarations { get; }

    /// <summary>Null for a selector of another kind.</summary>
    public static StyleRule? Parse(string selector, StyleDeclarations declarations, int order)
    {
        var parts = selector.Replace(">", " > ", StringComparison.Ordinal).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var steps = new List<(Compound, bool)>();
        var child = false;
        for (var i = parts.Length - 1; i >= 0; i--)
        {
            if (parts[i] == ">")
            {
                if (child || steps.Count == 0) return null;
                child = true;
                continue;
            }

            if (steps.Count == MaxSteps || Compound.Parse(parts[i]) is not { } compound) return null;
            if (child) steps[^1] = (steps[^1].Item1, true);
            steps.Add((compound, false));
            child = false;
        }

        return steps.Count == 0 || child ? null : new StyleRule(steps, declarations, order);
    }

    public bool Matches(IElement element)
    {
        if (!_steps[0].Compound.Matches(element)) return false;
        var above = element.ParentElement;
        for (var i = 1; i < _steps.Count; i++)
        {
            if (_steps[i - 1].ChildOfNext)
            {
                if (above is null || !_steps[i].Compound.Matches(above)) return false;
            }
            else
            {
                while (above is not null && !_steps[i].Compound.Matches(above)) above = above.ParentElement;
                if (above is null) return false;
            }

            above = above.ParentElement;
        }

        return true;
    }

    private sealed record Compound(string? Element, string? Id, IReadOnlyList<string> Classes)
    {
        public static Compound? Parse(string text)
        {
            string? element = null, id = null;
            var classes = new List<string>();
            var at = 0;
            while (at < text.Length)
            {
                var kind = text[at] is '.' or '#' ? text[at++] : ' ';
                var start = at;
                while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '-' or '_')) at++;
                if (at == start) return null;
                var name = text[start..at];
                if (kind == '.') classes.Add(name);
                else if (kind == '#') id = name;
                else if (start == 0) element = name.ToLowerInvariant();
                else return null;
            }

            return new Compound(element, id, classes);
        }

        public bool Matches(IElement element) =>
            (Element is null || element.LocalName == Element || element.LocalName == HtmlTagFilter.Renamed + Element || (Element == "form" && element.LocalName == "div"))
            && (Id is null || element.Id == Id)
            && (Classes.Count == 0 || Classes.All(element.ClassList.Contains));
    }
}
