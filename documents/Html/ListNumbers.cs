using System.Globalization;
using System.Runtime.CompilerServices;
using AngleSharp.Dom;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Html;

/// <summary>The numbers that items of ordered lists show (HTML, section 4.4.5): a text that says "go back to step 3" needs them. For items in the order of the page.</summary>
internal sealed class ListNumbers
{
    private readonly ConditionalWeakTable<IElement, StrongBox<int>> _next = [];

    /// <summary>The item's number with its dot and a space; null for one that shows none.</summary>
    public string? Next(IElement item)
    {
        if (item.LocalName != "li" || item.ParentElement is not { LocalName: "ol" } list) return null;
        var isReversed = list.HasAttribute("reversed");
        if (!_next.TryGetValue(list, out var next))
        {
            next = new StrongBox<int>(Whole(list, "start") ?? (isReversed ? list.Children.Count(child => child.LocalName == "li") : 1));
            _next.Add(list, next);
        }

        var number = Whole(item, "value") ?? next.Value;
        next.Value = unchecked(isReversed ? number - 1 : number + 1);
        return Written(number, list.GetAttribute("type")) + ". ";
    }

    private static int? Whole(IElement element, string name) =>
        int.TryParse(element.GetAttribute(name), NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Written(int number, string? type) => type switch
    {
        "a" => NumberSigns.Letters(number, 'a'),
        "A" => NumberSigns.Letters(number, 'A'),
        "i" => NumberSigns.Roman(number).ToLowerInvariant(),
        "I" => NumberSigns.Roman(number),
        _ => NumberSigns.Figures(number),
    };
}
