using Lucene.Net.Analysis;
using Serverless.Local.Search.Schema;

namespace Serverless.Local.Search.Text;

/// <summary>Each field's own analyzer, for what is written and for what is asked.</summary>
internal sealed class FieldAnalyzers(IEnumerable<IndexField> fields) : AnalyzerWrapper(PER_FIELD_REUSE_STRATEGY)
{
    // Between the values of a collection, so that no phrase spans two of them.
    private const int ValueGap = 100;

    private readonly Dictionary<string, Analyzer> _analyzers = fields.ToDictionary(field => field.Name, field => TextAnalyzers.Create(field.Analyzer), StringComparer.Ordinal);

    public override int GetPositionIncrementGap(string fieldName) => ValueGap;

    protected override Analyzer GetWrappedAnalyzer(string fieldName) => _analyzers[fieldName];

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            foreach (var analyzer in _analyzers.Values) analyzer.Dispose();
        base.Dispose(disposing);
    }
}
