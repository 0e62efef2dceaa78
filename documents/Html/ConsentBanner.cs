using System.Text.RegularExpressions;
using AngleSharp.Dom;

namespace Serverless.Documents.Html;

/// <summary>What asks for consent to cookies: about the site as navigation is, and the same on each of its pages. Told by the names that the programs that make it give it, or by a name of that kind, few words, and a control or no heading.</summary>
internal static partial class ConsentBanner
{
    // Nodes that are looked at, and characters of what such a banner says at most.
    private const int MaxNodes = 300;
    private const int MaxText = 3000;
    private const int MaxTextWithoutControls = 500;

    private static readonly HashSet<string> Programs = new(StringComparer.OrdinalIgnoreCase)
    {
        "onetrust-consent-sdk", "onetrust-banner-sdk", "CybotCookiebotDialog", "CybotCookiebotDialogBodyUnderlay", "usercentrics-root", "usercentrics-cmp-ui", "didomi-host", "qc-cmp2-container", "qc-cmp2-ui",
        "truste-consent-track", "consent_blackbar", "iubenda-cs-banner", "klaro", "cmplz-cookiebanner-container", "cookie-law-info-bar", "cookiescript_injected", "osano-cm-window", "cc-window", "cky-consent-container",
        "termly-code-snippet-support", "fc-consent-root", "axeptio_overlay", "tarteaucitronRoot", "BorlabsCookieBox", "moove_gdpr_cookie_info_bar", "ez-cookie-dialog-wrapper", "hs-eu-cookie-confirmation", "shopify-pc__banner",
    };

    public static bool Is(IElement element)
    {
        if (element.LocalName is not ("div" or "section" or "aside" or "dialog")) return false;
        var isNamed = false;
        foreach (var name in element.Id is { Length: > 0 } id ? element.ClassList.Prepend(id) : element.ClassList)
        {
            if (Programs.Contains(name)) return true;
            isNamed |= Name().IsMatch(name);
        }

        return isNamed && AsksBriefly(element);
    }

    private static bool AsksBriefly(IElement element)
    {
        var (nodes, characters, asks, isHeaded) = (0, 0, false, element.LocalName == "section");
        var above = new Stack<(INode Node, int Next)>();
        above.Push((element, 0));
        while (above.TryPop(out var step))
        {
            if (step.Next == step.Node.ChildNodes.Length) continue;
            above.Push((step.Node, step.Next + 1));
            var node = step.Node.ChildNodes[step.Next];
            if (node is IText text) characters += text.Length;
            if (++nodes > MaxNodes || characters > MaxText) return false;
            if (node is not IElement part) continue;
            asks |= part.LocalName is "button" or "input" or HtmlTagFilter.Renamed + "a" || part.GetAttribute("role") == "button";
            isHeaded |= part.LocalName is ['h', >= '1' and <= '6'];
            above.Push((part, 0));
        }

        return asks || (!isHeaded && characters <= MaxTextWithoutControls);
    }

    [GeneratedRegex(@"^(?:js-)?(?:eu-?)?(?:cookies?|gdpr|consent)[-_]*(?:banner|bar|consent|notice|notification|popup|modal|dialog|overlay|disclaimer|alert|message|wall)(?:[-_]|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
