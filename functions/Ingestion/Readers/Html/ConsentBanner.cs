using System.Text.RegularExpressions;
using AngleSharp.Dom;

namespace Serverless.Functions.Ingestion.Readers.Html;

/// <summary>What asks for consent to cookies: about the site as navigation is, and the same on each of its pages. Told by the names that the programs that make it give it, or by a name of that kind, few words, and a control or no heading.</summary>
internal static partial class ConsentBanner
{
    // Nodes that are looked at, and characters of what such a banner says at most.
    private const int MaxNodes = 1000;
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
        foreach (var node in element.Descendants())
        {
            if (node is IText text) characters += text.Length;
            asks |= node is IElement { LocalName: "button" or "input" or HtmlTagFilter.Renamed + "a" } || (node as IElement)?.GetAttribute("role") == "button";
            isHeaded |= node is IElement { LocalName: ['h', >= '1' and <= '6'] };
            if (++nodes > MaxNodes || characters > MaxText) return false;
        }

        return asks || (!isHeaded && characters <= MaxTextWithoutControls);
    }

    [GeneratedRegex(@"^(?:js-)?(?:eu-?)?(?:cookies?|gdpr|consent)[-_]*(?:banner|bar|consent|notice|notification|popup|modal|dialog|overlay|disclaimer|alert|message|wall)(?:[-_]|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
