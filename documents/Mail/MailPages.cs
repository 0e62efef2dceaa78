using MimeKit;
using Serverless.Documents.Html;

namespace Serverless.Documents.Mail;

/// <summary>The texts and pages of one mail: a page that is looked at before it is read is parsed once.</summary>
internal sealed class MailPages(ReadingScope scope)
{
    private (TextPart Part, HtmlPage Page)? _last;

    /// <summary>A part's text, by its bytes where what is said of them is wrong.</summary>
    public string Text(TextPart part)
    {
        scope.Check();
        try
        {
            return MimeFile.Text(part, scope);
        }
        catch (DocumentRejectedException rejected) when (!rejected.IsLimit)
        {
            return part.Text;
        }
    }

    public HtmlPage Of(TextPart part)
    {
        if (_last is { } last && last.Part == part) return last.Page;
        var page = new HtmlPage(Text(part), isXhtml: false, scope);
        _last = (part, page);
        return page;
    }

    /// <summary>Characters that a person reads of it.</summary>
    public int Length(TextPart part)
    {
        var builder = new ExtractedTextBuilder(scope);
        Of(part).AddTo(builder);
        return builder.Build().Text.Length;
    }
}
