using Serverless.Local.Search.Filters;
using Serverless.Local.Search.Schema;
using Serverless.Local.Search.Text;
using Serverless.Local.Search.Vectors;

namespace Serverless.Local.Search.Queries;

/// <summary>Runs a request over an index: filter, rank by text and by each vector, fuse, order, page.</summary>
internal sealed class SearchQuery(SearchIndex index, SearchRequest request)
{
    private const int DefaultTop = 50;
    private const int MaxPage = 1000;

    // What a text query contributes to a fusion at most.
    private const int MaxTextList = 1000;

    /// <exception cref="SearchException">A name or value does not fit the index.</exception>
    public SearchPage Run()
    {
        var accepts = request.Filter is { Length: > 0 } filter ? FilterCompiler.Compile(index.Schema, FilterParser.Parse(filter)) : _ => true;
        var scores = Rank(accepts);
        var matches = scores.Select(score => (Document: index.Documents[score.Key], Score: score.Value)).ToArray();
        new ResultOrder(index.Schema, request.OrderBy).Sort(matches);
        var facets = FacetCounter.Count(index.Schema, request.Facets, matches.Select(match => match.Document));

        var wanted = Math.Min(request.Top ?? int.MaxValue, Math.Max(0, matches.Length - request.Skip));
        var page = Math.Min(wanted, request.Top is null ? DefaultTop : MaxPage);
        var more = wanted > page;
        return new SearchPage(
            matches.Length,
            [.. matches.Skip(request.Skip).Take(page)],
            facets,
            more ? request.Skip + page : null,
            more && request.Top is { } top ? top - page : null);
    }

    private Dictionary<int, double> Rank(Func<object?[], bool> accepts)
    {
        var text = RankByText(accepts);
        if (request.VectorQueries.Count == 0)
            return text ?? index.Documents.Values.Where(document => accepts(document.Values)).ToDictionary(document => document.Slot, _ => 1.0);

        var lists = new List<List<(int Slot, double Score)>>();
        if (text is not null)
            lists.Add([.. text.OrderByDescending(score => score.Value).ThenBy(score => score.Key).Take(MaxTextList).Select(score => (score.Key, score.Value))]);
        IReadOnlyList<IndexedDocument> candidates = request.PostFilter ? [.. index.Documents.Values] : [.. index.Documents.Values.Where(document => accepts(document.Values))];
        foreach (var query in request.VectorQueries)
            foreach (var name in query.Fields)
            {
                var found = NearestNeighbours.Find(VectorField(name, query), query.Vector, query.K, candidates);
                if (request.PostFilter)
                    found.RemoveAll(hit => !accepts(index.Documents[hit.Slot].Values));
                lists.Add(found);
            }

        return lists.Count == 1
            ? lists[0].ToDictionary(hit => hit.Slot, hit => hit.Score)
            : ReciprocalRankFusion.Fuse(lists.Select(list => list.ConvertAll(hit => hit.Slot)));
    }

    /// <summary>BM25 scores of the matches that the filter accepts; null when there is no text to search for.</summary>
    private Dictionary<int, double>? RankByText(Func<object?[], bool> accepts)
    {
        var fields = SearchFields();
        if (string.IsNullOrWhiteSpace(request.Search) || request.Search.Trim() == "*")
            return null;
        var scorer = new TextScorer(fields, index.Documents.Keys, request.MatchAllWords);
        var scores = SimpleQueryParser.Parse(request.Search, request.MatchAllWords) is { } query ? scorer.Score(query) : null;
        return (scores ?? []).Where(score => accepts(index.Documents[score.Key].Values)).ToDictionary();
    }

    private List<TextField> SearchFields()
    {
        if (request.SearchFields.Count == 0)
            return [.. index.TextFields.Values];
        return [.. request.SearchFields.Select(name =>
        {
            var field = index.Schema.Find(name) ?? throw SearchException.BadRequest($"Unknown field '{name}' in 'searchFields'.");
            return index.TextFields.GetValueOrDefault(field.Ordinal) ?? throw SearchException.BadRequest($"The field '{name}' in 'searchFields' is not searchable.");
        })];
    }

    private IndexField VectorField(string name, VectorQuery query)
    {
        var field = index.Schema.Find(name) ?? throw SearchException.BadRequest($"Unknown field '{name}' in 'vectorQueries'.");
        if (!field.IsVector || !field.IsSearchable)
            throw SearchException.BadRequest($"The field '{name}' in 'vectorQueries' is not a searchable vector field.");
        return query.Vector.Length == field.Dimensions
            ? field
            : throw SearchException.BadRequest($"The vector field '{name}', with dimension {field.Dimensions}, does not match the query vector's length of {query.Vector.Length}.");
    }
}
