using Serverless.Local.Search.Schema;
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
        var documents = index.Documents;
        var matches = (IsRanked ? Rank(request.Filter is { Length: > 0 } filter ? index.Accepting(filter) : null) : Listed(documents)).ToArray();
        new ResultOrder(index.Schema, request.OrderBy, index.At).Sort(matches);
        var facets = FacetCounter.Count(index.Schema, request.Facets, matches.Select(match => index.At(match.Slot)));

        var wanted = Math.Min(request.Top ?? int.MaxValue, Math.Max(0, matches.Length - request.Skip));
        var page = Math.Min(wanted, request.Top is null ? DefaultTop : MaxPage);
        var more = wanted > page;
        return new SearchPage(
            matches.Length,
            [.. matches.Skip(request.Skip).Take(page).Select(match => (index.At(match.Slot), match.Score))],
            facets,
            more ? request.Skip + page : null,
            more && request.Top is { } top ? top - page : null);
    }

    private bool HasText => !string.IsNullOrWhiteSpace(request.Search) && request.Search.Trim() != "*";

    private bool IsRanked => HasText || request.VectorQueries.Count > 0;

    private IEnumerable<(int Slot, double Score)> Listed(SortedDictionary<int, IndexedDocument> documents)
    {
        CheckSearchFields();
        return (request.Filter is { Length: > 0 } filter ? index.Matching(filter) : documents.Keys).Select(slot => (slot, 1.0));
    }

    private List<(int Slot, double Score)> Rank(Func<int, bool>? accepts)
    {
        var text = RankByText(accepts);
        if (request.VectorQueries.Count == 0)
            return text!;

        var lists = new List<List<(int Slot, double Score)>>();
        if (text is not null)
            lists.Add([.. text.OrderByDescending(match => match.Score).ThenBy(match => match.Slot).Take(MaxTextList)]);
        foreach (var query in request.VectorQueries)
            foreach (var name in query.Fields)
            {
                var found = index.Vectors(VectorField(name, query)).Find(query.Vector, query.K, request.PostFilter ? null : accepts);
                if (request.PostFilter && accepts is not null)
                    found.RemoveAll(hit => !accepts(hit.Slot));
                lists.Add(found);
            }

        return lists.Count == 1 ? lists[0] : [.. ReciprocalRankFusion.Fuse(lists.Select(list => list.ConvertAll(hit => hit.Slot))).Select(hit => (hit.Key, hit.Value))];
    }

    /// <summary>BM25 scores of the matches that the filter accepts; null when there is no text to search for.</summary>
    private List<(int Slot, double Score)>? RankByText(Func<int, bool>? accepts)
    {
        CheckSearchFields();
        return HasText ? index.Text.Search(request.Search!, request.SearchFields.Count == 0 ? null : request.SearchFields, request.MatchAllWords, accepts) : null;
    }

    private void CheckSearchFields()
    {
        foreach (var name in request.SearchFields)
        {
            _ = index.Schema.Find(name) ?? throw SearchException.BadRequest($"Unknown field '{name}' in 'searchFields'.");
            if (!index.Text.Has(name))
                throw SearchException.BadRequest($"The field '{name}' in 'searchFields' is not searchable.");
        }
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
