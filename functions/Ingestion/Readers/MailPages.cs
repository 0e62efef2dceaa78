using MimeKit;
using Serverless.Functions.Ingestion.Readers.Html;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>The pages of one mail: one that is looked at before it is read is parsed once.</summary>
internal sealed class MailPages(ReadingScope scope)
{
    private (TextPart Part, HtmlPage Page)? _last;

    public HtmlPage Of(TextPart part)
    {
        scope.Check();
        if (_last is { } last && last.Part == part) return last.Page;
        var page = new HtmlPage(part.Text, isXhtml: false, scope);
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
