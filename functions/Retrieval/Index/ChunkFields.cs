using Azure.Search.Documents.Indexes.Models;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>The fields of a chunk index.</summary>
internal static class ChunkFields
{
    public const string Id = "id";
    public const string Collection = "collection";
    public const string Document = "document";
    public const string DocumentKey = "documentKey";
    public const string Heading = "heading";
    public const string Start = "start";
    public const string End = "end";
    public const string Page = "page";
    public const string Ordinal = "ordinal";
    public const string Tokens = "tokens";
    public const string Text = "text";
    public const string Normalized = "normalized";
    public const string Groups = "groups";
    public const string Users = "users";
    public const string Metadata = "metadata";
    public const string MetadataName = "name";
    public const string MetadataValue = "value";
    public const string MetadataNumber = "number";
    public const string VectorKey = "vectorKey";
    public const string Embedding = "embedding";

    /// <summary>What the service's semantic ranker reads of a chunk.</summary>
    public const string SemanticConfiguration = "chunks";

    private const string Profile = "vectors";
    private const string Algorithm = "hnsw-cosine";

    /// <summary>The text as it is matched, where that is not as it is shown. Indexes of earlier versions get it added.</summary>
    public static SearchField NormalizedField(string analyzer) => new SearchableField(Normalized) { AnalyzerName = new LexicalAnalyzerName(analyzer), IsHidden = true };

    /// <summary>Clients who may find a chunk. Indexes of earlier versions get it added.</summary>
    public static SearchField UsersField() => new SimpleField(Users, SearchFieldDataType.Collection(SearchFieldDataType.String)) { IsFilterable = true };

    /// <summary>Names the model and the hash of the embedded text, so that a text that comes again is not embedded again. Indexes of earlier versions get it added.</summary>
    public static SearchField VectorKeyField() => new SimpleField(VectorKey, SearchFieldDataType.String) { IsFilterable = true };

    /// <summary>What filters can name of a document: names with their values, and the number that a value is. Indexes of earlier versions get it added.</summary>
    public static SearchField MetadataField() => new ComplexField(Metadata, collection: true)
    {
        Fields =
        {
            new SimpleField(MetadataName, SearchFieldDataType.String) { IsFilterable = true },
            new SimpleField(MetadataValue, SearchFieldDataType.String) { IsFilterable = true },
            new SimpleField(MetadataNumber, SearchFieldDataType.Double) { IsFilterable = true },
        },
    };

    /// <summary>Costs nothing where the service has no semantic ranker. Indexes of earlier versions get it added.</summary>
    public static SemanticConfiguration Semantic() => new(
        SemanticConfiguration, new SemanticPrioritizedFields { TitleField = new SemanticField(Heading), ContentFields = { new SemanticField(Text) } });

    public static SearchIndex Create(string name, int dimensions, string analyzer) => new(name)
    {
        Fields =
        [
            new SimpleField(Id, SearchFieldDataType.String) { IsKey = true, IsFilterable = true },
            new SimpleField(Collection, SearchFieldDataType.String) { IsFilterable = true },
            new SimpleField(Document, SearchFieldDataType.String),
            new SimpleField(DocumentKey, SearchFieldDataType.String) { IsFilterable = true },
            new SearchableField(Heading) { AnalyzerName = new LexicalAnalyzerName(analyzer) },
            new SimpleField(Start, SearchFieldDataType.Int32),
            new SimpleField(End, SearchFieldDataType.Int32),
            new SimpleField(Page, SearchFieldDataType.Int32),
            new SimpleField(Ordinal, SearchFieldDataType.Int32) { IsSortable = true },
            new SimpleField(Tokens, SearchFieldDataType.Int32),
            new SearchableField(Text) { AnalyzerName = new LexicalAnalyzerName(analyzer) },
            NormalizedField(analyzer),
            new SimpleField(Groups, SearchFieldDataType.Collection(SearchFieldDataType.String)) { IsFilterable = true },
            UsersField(),
            VectorKeyField(),
            MetadataField(),
            new VectorSearchField(Embedding, dimensions, Profile),
        ],
        SemanticSearch = new SemanticSearch { Configurations = { Semantic() } },
        VectorSearch = new VectorSearch
        {
            Profiles = { new VectorSearchProfile(Profile, Algorithm) },
            Algorithms = { new HnswAlgorithmConfiguration(Algorithm) { Parameters = new HnswParameters { Metric = VectorSearchAlgorithmMetric.Cosine } } },
        },
    };
}
