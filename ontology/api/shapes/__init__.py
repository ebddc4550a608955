"""The shapes of bodies and answers, for the OpenAPI document: one serializer each, in the names that HTTP uses."""
